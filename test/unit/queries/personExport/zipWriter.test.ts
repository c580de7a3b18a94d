import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { type ZipEntry, zip } from '../../../../src/queries/personExport/zipWriter.js';
import { bytesOf, unpacked } from '../../../support/exports.js';
import { testFolder } from '../../../support/testFolder.js';

const at = Date.parse('2026-03-02T10:20:30Z');

async function* entries(...files: readonly (readonly [path: string, ...content: Buffer[]])[]) {
  for (const [path, ...content] of files) yield { path, content: of(content) } satisfies ZipEntry;
}

async function* of(pieces: readonly Buffer[]) {
  yield* pieces;
}

for (const [name, largest] of [
  ['32-bit', undefined],
  ['ZIP64', 10],
] as const) {
  t.test(`an archive with a ${name} directory is read by others`, async (t) => {
    const text = 'größer 📏\n'.repeat(50_000);
    const noise = randomBytes(300_000).toString('base64');
    const archive = await bytesOf(
      zip(
        entries(
          ['empty.txt'],
          ['folder/text.txt', Buffer.from(text.slice(0, 7)), Buffer.from(text.slice(7))],
          ['noise.bin', Buffer.from(noise)],
        ),
        at,
        largest,
      ),
    );
    const files = unpacked(testFolder(t), archive);
    t.same([...files.keys()].sort(), ['empty.txt', 'folder/text.txt', 'noise.bin']);
    t.equal(files.get('empty.txt'), '');
    t.ok(files.get('folder/text.txt') === text, 'what was packed comes out');
    t.ok(files.get('noise.bin') === noise, 'what does not shrink too');
    const file = join(t.testdirName, 'archive.zip');
    if (existsSync('/usr/bin/unzip')) t.match(execFileSync('unzip', ['-t', file]).toString(), /No errors/);
  });
}

t.test('the next piece is asked for only as the reader goes on', async (t) => {
  let asked = 0;
  async function* endless() {
    for (;;) {
      asked += 1;
      yield randomBytes(64 * 1024);
    }
  }
  let closed = false;
  async function* one(): AsyncGenerator<ZipEntry> {
    try {
      yield { path: 'endless', content: endless() };
    } finally {
      closed = true;
    }
  }
  const archive = zip(one(), at);
  for (let piece = 0; piece < 10; piece++) await archive.next();
  for (let turn = 0; turn < 200; turn++) await setImmediate();
  t.ok(asked < 20, `asked for ${asked} pieces of 64 KiB after ten were taken`);
  await archive.return();
  const then = asked;
  for (let turn = 0; turn < 50; turn++) await setImmediate();
  t.equal(asked, then, 'nothing is asked for once the reader is gone');
  t.ok(closed);
});

t.test('a content that fails, fails the archive', async (t) => {
  async function* failing() {
    yield Buffer.from('some');
    throw new Error('the store is gone');
  }
  async function* one(): AsyncGenerator<ZipEntry> {
    yield { path: 'file', content: failing() };
  }
  await t.rejects(bytesOf(zip(one(), at)), { message: 'the store is gone' });
});
