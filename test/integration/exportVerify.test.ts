import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { exportCheck } from '../../src/cli/verify/checkExport.js';
import { verifyCommand } from '../../src/cli/verify/verifyCommand.js';
import { createPersonExport } from '../../src/queries/personExport/personExport.js';
import { type ZipEntry, zip } from '../../src/queries/personExport/zipWriter.js';
import { bytesOf, testSealing, testSigningKey, unpacked } from '../support/exports.js';
import { runProgram } from '../support/programRun.js';
import { openReadSide } from '../support/readSide.js';
import { testFolder } from '../support/testFolder.js';

t.test('an export is checked away from its installation, and every change to it is found', async (t) => {
  const folder = testFolder(t, { data: {}, out: {} });
  const side = await openReadSide(join(folder, 'data'));
  t.teardown(() => side.close());
  await side.send([
    { userId: 'ann', kind: 'identify', traits: { plan: 'pro' } },
    ...Array.from({ length: 300 }, (_, n) => ({ userId: 'ann', name: 'Lesson Opened', properties: { n } })),
  ]);
  await side.caughtUp();
  const signingKey = testSigningKey();
  const archive = await bytesOf(
    createPersonExport({
      eventStore: side.eventStore,
      documents: side.ports.documents,
      openSealed: testSealing().openSealed,
      signingKey,
      now: () => side.clock.now,
    })(
      {
        tenantId: 'default',
        exportId: 'e',
        requestId: null,
        kind: 'access',
        subjects: [side.subjectOf('default', 'user', 'ann')],
      },
      () => undefined,
    ),
  );
  const files = unpacked(join(folder, 'out'), archive);
  const keyFile = join(folder, 'key.pem');
  writeFileSync(keyFile, signingKey.publicKeyPem);
  const file = join(folder, 'checked.zip');
  const check = async (bytes: Buffer, key = keyFile) => {
    writeFileSync(file, bytes);
    let output = '';
    const code = await verifyCommand([exportCheck(file, key)], (text) => {
      output += `${text}\n`;
    });
    return { code, output };
  };

  writeFileSync(file, archive);
  const program = ['verify', '--export', file, '--public-key', keyFile];
  const fine = await runProgram(program, join(folder, 'none'));
  t.equal(fine.code, 0, fine.output + fine.errors);
  t.match(fine.output, /ok +export: access, made 2026-03-02T10:00:00.000Z, \d+ files with \d+ lines/);

  const observed = files.get('observed.jsonl') ?? '';
  const changed = (path: string, content: string) => new Map(files).set(path, content);
  const without = new Map(files);
  without.delete('inferred.jsonl');
  const tampered: [name: string, files: Map<string, string>, found: RegExp][] = [
    [
      'a value changed',
      changed('observed.jsonl', observed.replace('"n":7', '"n":8')),
      /observed.jsonl: is not what/,
    ],
    ['a line left out', changed('observed.jsonl', observed.slice(observed.indexOf('\n') + 1)), /is not what/],
    ['a file left out', without, /inferred.jsonl: is missing/],
    ['a file added', changed('more.txt', 'x'), /more.txt: the manifest does not list it/],
    ['a schema changed', changed('schemas/action.json', '{}'), /schemas\/action.json: is not what/],
    [
      'the manifest changed',
      changed('manifest.json', (files.get('manifest.json') ?? '').replace('"default"', '"other"')),
      /the signature does not fit/,
    ],
    ['the signature changed', changed('manifest.sig', 'AAAA'), /the signature does not fit/],
    ['no manifest', new Map([['index.html', 'x']]), /manifest.json: is missing/],
  ];
  for (const [name, content, found] of tampered) {
    const { code, output } = await check(await packed(content));
    t.equal(code, 1, name);
    t.match(output, found, name);
  }
  const otherKey = join(folder, 'other.pem');
  writeFileSync(otherKey, testSigningKey().publicKeyPem);
  t.match(await check(archive, otherKey), { code: 1, output: /the signature does not fit/ });
  t.match(await check(archive.subarray(0, archive.length - 5)), { code: 1, output: /does not end as a ZIP/ });
  t.match(await check(Buffer.from('x')), { code: 1, output: /too short/ });
  t.match(await runProgram(['verify', '--export', file], folder), {
    code: 2,
    errors: /--export needs --public-key/,
  });
});

function packed(files: ReadonlyMap<string, string>): Promise<Buffer> {
  async function* entries(): AsyncGenerator<ZipEntry> {
    for (const [path, text] of files) yield { path, content: one(Buffer.from(text)) };
  }
  return bytesOf(zip(entries(), Date.parse('2026-03-02T10:00:00Z')));
}

async function* one(content: Buffer) {
  yield content;
}
