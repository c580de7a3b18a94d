import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import t, { type Test } from 'tap';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { EventLogDamaged } from '../../src/eventStore/eventStore.js';
import { events, idsOf, readEverything } from '../support/eventStoreSamples.js';
import { seededRandom } from '../support/seededRandom.js';
import { testFolder } from '../support/testFolder.js';

const seed = Number(process.env.SEED ?? 20_260_301);

t.test('a last frame cut at any byte is removed, and all before it stays', async (t) => {
  const folder = testFolder(t);
  const { kept, last } = await logOfThreeFrames(folder);
  const frame = (await frames(folder)).at(-1);
  if (frame === undefined) throw new Error('no frame');
  for (let length = frame.value.length - 1; length >= 0; length -= 1) {
    await replaceFrame(folder, frame.key, frame.value.subarray(0, length));
    const repairs: unknown[] = [];
    const store = await openEmbeddedEventStore({
      folder,
      clock: Date.now,
      onRepair: (torn) => repairs.push(torn),
    });
    const found = idsOf(await readEverything(store));
    await store.close();
    if (!sameIds(found, kept) || repairs.length !== 1) {
      t.fail(`cut at byte ${length}`, { found, kept, repairs });
      return;
    }
  }
  const store = await openEmbeddedEventStore({ folder, clock: Date.now });
  await store.appendToStream('second', last, 'noStream');
  t.strictSame(idsOf(await readEverything(store)), [...kept, ...idsOf(last)], 'the events can be sent again');
  await store.close();
});

t.test('a frame before the last that is cut is damage', async (t) => {
  const folder = testFolder(t);
  await logOfThreeFrames(folder);
  const [first] = await frames(folder);
  if (first === undefined) throw new Error('no frame');
  await replaceFrame(folder, first.key, first.value.subarray(0, first.value.length - 1));
  await refusesUnchanged(t, folder, /event 1: it is cut short/);
});

t.test('a frame that is missing is damage', async (t) => {
  const folder = testFolder(t);
  await logOfThreeFrames(folder);
  const second = (await frames(folder))[1];
  if (second === undefined) throw new Error('no frame');
  await replaceFrame(folder, second.key, undefined);
  await refusesUnchanged(t, folder, /the events from 3 on are missing/);
});

t.test('bytes after a frame are damage', async (t) => {
  const folder = testFolder(t);
  await logOfThreeFrames(folder);
  const last = (await frames(folder)).at(-1);
  if (last === undefined) throw new Error('no frame');
  await replaceFrame(folder, last.key, Buffer.concat([last.value, Buffer.alloc(1)]));
  await refusesUnchanged(t, folder, /longer than its header says/);
});

t.test('a flipped bit in any frame is found', async (t) => {
  const folder = testFolder(t);
  await logOfThreeFrames(folder);
  const all = await frames(folder);
  const random = seededRandom(seed);
  for (let round = 0; round < 300; round += 1) {
    const frame = all[random(all.length)];
    if (frame === undefined) throw new Error('no frame');
    // Every fourth one in the header, where lengths and counts stand.
    const bit = random((round % 4 === 0 ? 48 : frame.value.length) * 8);
    await replaceFrame(folder, frame.key, flipped(frame.value, bit));
    const error = await openingError(folder);
    if (!(error instanceof EventLogDamaged)) {
      t.fail(`bit ${bit} of frame ${frame.key} was not found (seed ${seed})`, { error });
      return;
    }
    await replaceFrame(folder, frame.key, frame.value);
  }
  t.equal(await openingError(folder), undefined, 'the log as it was opens');
});

t.test('a bit flipped in the data file within an event is found, and nothing is changed', async (t) => {
  const folder = testFolder(t);
  const marker = 'a-text-that-stands-nowhere-else';
  const store = await openEmbeddedEventStore({ folder, clock: Date.now });
  const [event] = events(1);
  if (event === undefined) throw new Error('no event');
  await store.appendToStream('first', [{ ...event, data: { marker } }, ...events(100)], 'noStream');
  await store.appendToStream('first', events(1), 100n);
  await store.close();
  const file = join(folder, 'data.mdb');
  const bytes = await readFile(file);
  const at = bytes.indexOf(marker);
  t.ok(at > 0, 'the event is in the file');
  await writeFile(file, flipped(bytes, at * 8 + 2));
  await refusesUnchanged(t, folder, /event 1: its checksum does not match.*backup/);
});

t.test('a data file that is no database, or is cut, is refused', async (t) => {
  const folder = testFolder(t);
  const store = await openEmbeddedEventStore({ folder, clock: Date.now });
  await store.appendToStream('first', events(2000), 'noStream');
  await store.close();
  const file = join(folder, 'data.mdb');
  const whole = await readFile(file);
  const cases: [string, Buffer][] = [
    ['the first page overwritten', Buffer.concat([Buffer.alloc(4096, 'x'), whole.subarray(4096)])],
    [
      'the second page zeroed',
      Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(4096), whole.subarray(8192)]),
    ],
    ['cut to a hundred bytes', whole.subarray(0, 100)],
    ['cut to a page', whole.subarray(0, 4096)],
    ['cut in half', whole.subarray(0, whole.length / 2)],
  ];
  for (const [title, bytes] of cases) {
    await writeFile(file, bytes);
    t.comment(title);
    await refusesUnchanged(t, folder, /database is damaged/);
  }
  await writeFile(file, whole);
  t.equal(await openingError(folder), undefined, 'the file as it was opens');
});

t.test('verify finds what was damaged after opening', async (t) => {
  const folder = testFolder(t);
  await logOfThreeFrames(folder);
  const store = await openEmbeddedEventStore({ folder, clock: Date.now });
  t.strictSame(await store.verify(), { frames: 3, events: 6 });
  const second = (await frames(folder))[1];
  if (second === undefined) throw new Error('no frame');
  await replaceFrame(folder, second.key, flipped(second.value, 800));
  t.ok((await rejection(store.verify())) instanceof EventLogDamaged);
  await store.close();
});

/** Three frames of two events; `last` are the events of the third. */
async function logOfThreeFrames(folder: string) {
  const store = await openEmbeddedEventStore({ folder, clock: Date.now });
  const [first, second, last] = [events(2), events(2), events(2)];
  await store.appendToStream('first', first, 'noStream');
  await store.appendToStream('first', second, 1n);
  await store.appendToStream('second', last, 'noStream');
  await store.close();
  return { kept: idsOf([...first, ...second]), last };
}

function withLmdb<T>(folder: string, use: (database: ReturnType<typeof openRaw>) => Promise<T>): Promise<T> {
  const database = openRaw(folder);
  return use(database).finally(() => database.close());
}

function openRaw(folder: string) {
  return openLmdb<Buffer, number>({
    path: folder,
    noSubdir: false,
    keyEncoding: 'uint32',
    encoding: 'binary',
    overlappingSync: false,
  });
}

function frames(folder: string): Promise<{ key: number; value: Buffer }[]> {
  return withLmdb(folder, async (database) =>
    [...database.getRange()].map(({ key, value }) => ({ key, value: Buffer.from(value) })),
  );
}

function replaceFrame(folder: string, key: number, value: Buffer | undefined): Promise<boolean> {
  return withLmdb(folder, (database) =>
    value === undefined ? database.remove(key) : database.put(key, value),
  );
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >>> 3] = (copy[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

async function openingError(folder: string): Promise<unknown> {
  return rejection(
    openEmbeddedEventStore({ folder, clock: Date.now }).then(async (store) => {
      await store.close();
    }),
  );
}

async function refusesUnchanged(t: Test, folder: string, message: RegExp): Promise<void> {
  const file = join(folder, 'data.mdb');
  const before = await readFile(file);
  const error = await openingError(folder);
  t.ok(error instanceof EventLogDamaged, 'the log is refused');
  t.match(error, { message });
  t.ok(before.equals(await readFile(file)), 'nothing was changed');
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return undefined;
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, place) => id === b[place]);
}
