import t, { type Test } from 'tap';
import {
  type EmbeddedEventStore,
  openEmbeddedEventStore,
} from '../../../src/eventStore/embedded/embeddedEventStore.js';
import { type EventData, StreamDeleted, WrongExpectedRevision } from '../../../src/eventStore/eventStore.js';
import { events, idsOf, readEverything } from '../../support/eventStoreSamples.js';
import { seededRandom } from '../../support/seededRandom.js';
import { testFolder } from '../../support/testFolder.js';

const seed = Number(process.env.SEED ?? 4711);
const names = ['a', 'b', 'c', 'd', 'e'];

/** What one stream should hold: a plain list, and what its metadata hides. */
interface ModelStream {
  ids: string[];
  batches: { from: number; events: EventData[] }[];
  firstReadable: number;
  maxCount: number | undefined;
  state: 'live' | 'softDeleted' | 'tombstoned';
}

t.test('random operations leave what a simple model leaves, before and after reopening', async (t) => {
  const folder = testFolder(t);
  const random = seededRandom(seed);
  const model = new Map(names.map((name) => [name, emptyStream()]));
  const written: string[] = [];
  let store = await openEmbeddedEventStore({ folder, clock: Date.now });
  for (let round = 0; round < 6; round += 1) {
    for (let step = 0; step < 150; step += 1) {
      const name = names[random(names.length)] ?? '';
      const stream = model.get(name) ?? emptyStream();
      await operate(t, store, name, stream, random, written);
    }
    await compare(t, store, model, written, random);
    const { events: count, frames } = store.statistics();
    const recent = await readEverything(store);
    await store.close();
    store = await openEmbeddedEventStore({ folder, clock: Date.now });
    await compare(t, store, model, written, random);
    const reopened = store.statistics();
    t.strictSame([reopened.events, reopened.frames], [count, frames]);
    if (round === 5) t.strictSame(await readEverything(store), recent, 'decoded from disk as appended');
  }
  await store.close();
  t.comment(`seed ${seed}, ${written.length} events`);
});

t.test('streams that are read by turns, out of frames of any size, are what was appended', async (t) => {
  const folder = testFolder(t);
  const large = (n: number): EventData[] =>
    events(1).map((event) => ({ ...event, data: { n, text: 'x'.repeat(700_000) } }));
  const written = new Map<string, EventData[]>();
  const store = await openEmbeddedEventStore({ folder, clock: Date.now });
  for (let frame = 0; frame < 8; frame += 1) {
    // What is appended in one tick shares a frame: each third one is larger than those that are kept.
    const appended = ['a', 'b', 'c'].map(async (name) => {
      const some = frame % 3 === 0 ? large(frame) : events(3);
      written.set(name, [...(written.get(name) ?? []), ...some]);
      await store.appendToStream(name, some, 'any');
    });
    await Promise.all(appended);
  }
  t.equal(store.statistics().frames, 8);
  await store.close();
  const reopened = await openEmbeddedEventStore({ folder, clock: Date.now });
  for (const at of [0, 5, 1, 12, 7, 17, 3, 0]) {
    for (const [name, all] of written) {
      const { events: read } = await reopened.readStream(name, { from: BigInt(at), maxCount: 2 });
      const found = read.map(({ id, type, data, metadata }) => ({ id, type, data, metadata }));
      t.strictSame(found, all.slice(at, at + 2), `${name} from ${at}`);
    }
  }
  await reopened.close();
});

async function operate(
  t: Test,
  store: EmbeddedEventStore,
  name: string,
  stream: ModelStream,
  random: (bound: number) => number,
  written: string[],
): Promise<void> {
  const expected = stream.ids.length === 0 ? 'noStream' : BigInt(stream.ids.length - 1);
  const kind = random(100);
  if (stream.state === 'tombstoned') {
    await refused(t, store.appendToStream(name, events(1), expected), StreamDeleted);
  } else if (kind < 70) {
    const batch = events(1 + random(random(20) === 0 ? 200 : 5));
    const result = await store.appendToStream(name, batch, expected);
    if (stream.state === 'softDeleted') {
      stream.firstReadable = stream.ids.length;
      stream.state = 'live';
    }
    stream.batches.push({ from: stream.ids.length, events: batch });
    stream.ids.push(...idsOf(batch));
    written.push(...idsOf(batch));
    same(t, result.revision, BigInt(stream.ids.length - 1));
  } else if (kind < 80 && stream.batches.length > 0) {
    const retry = stream.batches[random(stream.batches.length)] ?? { from: 0, events: [] };
    if (stream.state === 'live') {
      const before = retry.from === 0 ? 'noStream' : BigInt(retry.from - 1);
      const result = await store.appendToStream(name, retry.events, before);
      same(t, result.revision, BigInt(retry.from + retry.events.length - 1));
    }
  } else if (kind < 88) {
    const wrong = BigInt(stream.ids.length + random(3));
    await refused(t, store.appendToStream(name, events(1), wrong), WrongExpectedRevision);
  } else if (kind < 94 && stream.state === 'live' && stream.ids.length > 0) {
    stream.firstReadable = random(stream.ids.length);
    stream.maxCount = random(2) === 0 ? undefined : 1 + random(50);
    await store.setStreamMetadata(name, {
      truncateBefore: BigInt(stream.firstReadable),
      ...(stream.maxCount === undefined ? {} : { maxCount: stream.maxCount }),
    });
  } else if (kind < 99 && stream.ids.length > 0) {
    await store.deleteStream(name, expected);
    stream.state = 'softDeleted';
    stream.maxCount = undefined;
  } else if (kind === 99 && name === 'e' && stream.ids.length > 0) {
    await store.tombstoneStream(name, expected);
    stream.state = 'tombstoned';
  }
}

async function compare(
  t: Test,
  store: EmbeddedEventStore,
  model: ReadonlyMap<string, ModelStream>,
  written: readonly string[],
  random: (bound: number) => number,
): Promise<void> {
  const all = (await readEverything(store)).filter(({ streamName }) => model.has(streamName));
  t.strictSame(idsOf(all.filter(({ type }) => !type.startsWith('$'))), written, `$all (seed ${seed})`);
  for (const [name, stream] of model) {
    if (stream.state === 'tombstoned') {
      await refused(t, store.readStream(name, { maxCount: 1 }), StreamDeleted);
      continue;
    }
    const exists = stream.state === 'live' && stream.ids.length > 0;
    const hidden = Math.max(
      stream.firstReadable,
      stream.ids.length - (stream.maxCount ?? Number.MAX_SAFE_INTEGER),
    );
    const readable = exists ? stream.ids.slice(hidden) : [];
    const pageSize = 1 + random(60);
    const forwards = await pages(store, name, pageSize, 'forwards');
    const backwards = await pages(store, name, pageSize, 'backwards');
    t.strictSame(forwards, readable, `${name} forwards (seed ${seed})`);
    t.strictSame(backwards, readable.toReversed(), `${name} backwards (seed ${seed})`);
    t.equal((await store.readStream(name, { maxCount: 1 })).exists, exists);
  }
}

async function pages(
  store: EmbeddedEventStore,
  name: string,
  maxCount: number,
  direction: 'forwards' | 'backwards',
): Promise<string[]> {
  const ids: string[] = [];
  let slice = await store.readStream(name, { direction, maxCount });
  while (slice.events.length > 0) {
    ids.push(...idsOf(slice.events));
    const last = slice.events.at(-1)?.revision ?? 0n;
    if (direction === 'backwards' && last === 0n) break;
    slice = await store.readStream(name, {
      direction,
      maxCount,
      from: direction === 'forwards' ? last + 1n : last - 1n,
    });
  }
  return ids;
}

function emptyStream(): ModelStream {
  return { ids: [], batches: [], firstReadable: 0, maxCount: undefined, state: 'live' };
}

function same(t: Test, actual: bigint, wanted: bigint): void {
  if (actual !== wanted) t.fail(`revision ${actual}, not ${wanted} (seed ${seed})`);
}

async function refused(
  t: Test,
  promise: Promise<unknown>,
  error: typeof StreamDeleted | typeof WrongExpectedRevision,
): Promise<void> {
  const outcome = await promise.catch((reason: unknown) => reason);
  if (!(outcome instanceof error)) t.fail(`not refused with ${error.name} (seed ${seed})`);
}
