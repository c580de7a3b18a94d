import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openExportFolder } from '../../src/integrations/embedded/exportFolder.js';
import { bytesOf } from '../support/exports.js';
import { testFolder } from '../support/testFolder.js';
import { exportArchiveContract } from './exportArchive.js';

t.test('the folder keeps the contract', async (t) => {
  const folder = testFolder(t);
  await exportArchiveContract(t, () => openExportFolder(folder));
});

t.test('a file holds nothing in the clear, and no change to it passes', async (t) => {
  const folder = testFolder(t);
  const archive = await openExportFolder(folder);
  const entry = { tenantId: 'default', exportId: 'e', subject: 'a'.repeat(32) };
  const key = randomBytes(32);
  const content = Buffer.from('planted-canary '.repeat(15_000));
  await archive.store(
    entry,
    key,
    (async function* () {
      yield content;
    })(),
  );
  const file = join(folder, readdirSync(folder)[0] ?? '');
  const stored = readFileSync(file);
  t.notOk(stored.includes('planted-canary'));
  const chunk = 65_536 + 16;
  const first = stored.subarray(0, chunk);
  const changes: Record<string, Buffer> = {
    'a bit turned': Buffer.from(stored.map((byte, at) => (at === 70_000 ? byte ^ 1 : byte))),
    'chunks swapped': Buffer.concat([stored.subarray(chunk, 2 * chunk), first, stored.subarray(2 * chunk)]),
    'a chunk left out': stored.subarray(chunk),
    'cut off between chunks': stored.subarray(0, 2 * chunk),
    'cut off in a chunk': stored.subarray(0, stored.length - 1),
    'a chunk repeated': Buffer.concat([first, stored]),
  };
  for (const [name, changed] of Object.entries(changes)) {
    writeFileSync(file, changed);
    const opened = await archive.open(entry, key);
    await t.rejects(async () => opened && (await bytesOf(opened.content)), name);
  }
});
