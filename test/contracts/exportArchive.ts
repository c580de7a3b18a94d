import { randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import type { ExportArchive } from '../../src/commands/exports/exportArchive.js';
import { bytesOf } from '../support/exports.js';

const entry = { tenantId: 'te nant/ä', exportId: 'e-1', subject: 'a'.repeat(32) };

async function* of(...pieces: readonly Buffer[]) {
  yield* pieces;
}

/** What every archive of exports does. `reopen` is another process's view of the same archive. */
export async function exportArchiveContract(t: Test, reopen: () => Promise<ExportArchive>): Promise<void> {
  const archive = await reopen();

  await t.test('what is stored comes back, whatever its size, to who has the key', async (t) => {
    for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072, 300_001]) {
      const key = randomBytes(32);
      const content = randomBytes(size);
      const pieces = of(content.subarray(0, size >> 1), content.subarray(size >> 1));
      t.equal(await archive.store(entry, key, pieces), size);
      const opened = await (await reopen()).open(entry, key);
      t.equal(opened?.bytes, size);
      t.ok(opened && content.equals(await bytesOf(opened.content)), `${size} bytes`);
      const wrong = await archive.open(entry, randomBytes(32));
      await t.rejects(bytesOf(wrong?.content ?? of()), 'not under another key');
    }
  });

  await t.test('it is listed from its mark until it is removed, once', async (t) => {
    const other = { ...entry, exportId: 'e-2' };
    await archive.store(entry, randomBytes(32), of(Buffer.from('old')));
    await archive.begin(entry);
    await archive.begin(other);
    const byId = (list: readonly (typeof entry)[]) =>
      [...list].sort((a, b) => (a.exportId < b.exportId ? -1 : 1));
    t.same(byId(await (await reopen()).list()), [entry, other]);
    t.equal(await archive.open(other, randomBytes(32)), undefined, 'what is under way cannot be opened');
    await archive.remove(entry);
    await archive.remove(entry);
    await archive.remove(other);
    t.same(await archive.list(), []);
    t.equal(await archive.open(entry, randomBytes(32)), undefined);
  });

  await t.test('content that fails leaves nothing to open', async (t) => {
    async function* failing() {
      yield randomBytes(100_000);
      throw new Error('the store is gone');
    }
    await t.rejects(archive.store(entry, randomBytes(32), failing()), { message: 'the store is gone' });
    t.equal(await archive.open(entry, randomBytes(32)), undefined);
    t.same(await archive.list(), [entry], 'and the mark stays');
    await archive.remove(entry);
  });

  await t.test('what was opened can be read though it is removed', async (t) => {
    const key = randomBytes(32);
    const content = randomBytes(200_000);
    await archive.store(entry, key, of(content));
    const opened = await archive.open(entry, key);
    await archive.remove(entry);
    t.ok(opened && content.equals(await bytesOf(opened.content)));
  });
}
