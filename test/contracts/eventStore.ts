import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Test } from 'tap';
import { comparePositions } from '../../src/domain/metadata.js';
import {
  AppendTooLarge,
  type EventData,
  type EventStore,
  EventStoreUnavailable,
  type ExpectedRevision,
  type RecordedEvent,
  StreamDeleted,
  WrongExpectedRevision,
} from '../../src/eventStore/eventStore.js';

/**
 * What every engine behind the port must do, after EventStoreDB 24.10. The store may hold anything and be shared:
 * all streams are new, and `$all` is read from where it ended before.
 */
export function eventStoreContract(t: Test, name: string, open: () => Promise<EventStore>): void {
  t.test(`${name} keeps the event store's contract`, async (t) => {
    const store = await open();
    t.teardown(() => store.close());
    appending(t, store);
    idempotence(t, store);
    deleting(t, store);
    metadata(t, store);
    readingStreams(t, store);
    readingAll(t, store);
    subscribing(t, store);
    t.test('a closed store takes and gives nothing', async (t) => {
      const closed = await open();
      await closed.close();
      await refused(t, closed.appendToStream(stream(), events(1), 'any'), EventStoreUnavailable);
      await refused(t, closed.readStream(stream(), { maxCount: 1 }), EventStoreUnavailable);
    });
  });
}

function appending(t: Test, store: EventStore): void {
  t.test('an append gives revisions from 0 and a growing position', async (t) => {
    const name = stream();
    const first = await store.appendToStream(name, events(1), 'noStream');
    const second = await store.appendToStream(name, events(3), 0n);
    t.equal(first.revision, 0n);
    t.equal(second.revision, 3n);
    t.ok(comparePositions(second.position, first.position) > 0);
  });

  t.test('what is read equals what was appended', async (t) => {
    const name = stream();
    const sent: EventData[] = [
      event({ text: 'naïve café 漢字 🎓', nested: { list: [1, 'two', null, { three: true }] }, empty: {} }),
      event({ 'odd keys': 1, '': 2, quote: '"\\\n\u0000', lone: '\ud800', big: 2 ** 53, small: 1e-7 }),
      { ...event({}), metadata: { correlationId: 'c', schemaVersion: 1, deep: { a: [1] } } },
    ];
    await store.appendToStream(name, sent, 'noStream');
    const { events: read } = await store.readStream(name, { maxCount: 10 });
    t.strictSame(read.map(contentOf), sent);
    t.strictSame(
      read.map(({ streamName, revision }) => [streamName, revision]),
      [0n, 1n, 2n].map((revision) => [name, revision]),
    );
  });

  t.test('the expected revision is held against the stream', async (t) => {
    const cases: [string, number, ExpectedRevision, 'written' | 'refused'][] = [
      ['any on a new stream', 0, 'any', 'written'],
      ['any on a stream', 2, 'any', 'written'],
      ['noStream on a new stream', 0, 'noStream', 'written'],
      ['noStream on a stream', 2, 'noStream', 'refused'],
      ['streamExists on a new stream', 0, 'streamExists', 'refused'],
      ['streamExists on a stream', 2, 'streamExists', 'written'],
      ['the last revision', 2, 1n, 'written'],
      ['a revision below', 2, 0n, 'refused'],
      ['a revision above', 2, 2n, 'refused'],
      ['a revision of a new stream', 0, 0n, 'refused'],
    ];
    for (const [title, length, expected, outcome] of cases) {
      const name = await streamOf(store, length);
      const append = store.appendToStream(name, events(2), expected);
      if (outcome === 'written') t.equal((await append).revision, BigInt(length + 1), title);
      else {
        const error = await rejection(append);
        t.type(error, WrongExpectedRevision, title);
        const actual = length === 0 ? undefined : BigInt(length - 1);
        t.equal(
          error instanceof WrongExpectedRevision && error.actual,
          actual,
          `${title}: the actual revision`,
        );
      }
      t.equal((await ids(store, name)).length, outcome === 'written' ? length + 2 : length, title);
    }
  });

  t.test('streamExists is content with a stream that has only metadata', async (t) => {
    const name = stream();
    await store.setStreamMetadata(name, { maxCount: 10 });
    t.equal((await store.appendToStream(name, events(1), 'streamExists')).revision, 0n);
  });

  t.test('of many who append at one revision, one succeeds', async (t) => {
    const name = await streamOf(store, 1);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => store.appendToStream(name, events(2), 0n)),
    );
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    t.equal((await ids(store, name)).length, 3);
  });

  t.test('appends to many streams at once all arrive, each in its order', async (t) => {
    const names = Array.from({ length: 40 }, stream);
    const sent = names.map(() => events(5));
    await Promise.all(names.map((name, i) => store.appendToStream(name, sent[i] ?? [], 'noStream')));
    for (const [i, name] of names.entries()) t.strictSame(await ids(store, name), idsOf(sent[i] ?? []));
  });

  t.test('an append over the size limit writes nothing', async (t) => {
    const name = stream();
    const half = event({ text: 'x'.repeat(store.maxAppendBytes / 2) });
    await refused(
      t,
      store.appendToStream(name, [half, { ...half, id: randomUUID() }], 'any'),
      AppendTooLarge,
    );
    const wide = event({ text: '漢'.repeat(store.maxAppendBytes / 3) });
    await refused(t, store.appendToStream(name, [wide], 'any'), AppendTooLarge);
    t.equal((await store.readStream(name, { maxCount: 1 })).exists, false);
    t.equal((await store.appendToStream(name, [half], 'noStream')).revision, 0n, 'half of it fits');
  });
}

function idempotence(t: Test, store: EventStore): void {
  t.test('sending the same ids with the same exact revision again is answered as before', async (t) => {
    const name = stream();
    const [first, second] = [events(2), events(3)];
    const original = await store.appendToStream(name, first, 'noStream');
    const continued = await store.appendToStream(name, second, 1n);
    t.strictSame(await store.appendToStream(name, first, 'noStream'), original, 'though the stream moved on');
    t.strictSame(await store.appendToStream(name, second, 1n), continued);
    t.equal((await store.appendToStream(name, second.slice(0, 2), 1n)).revision, 3n, 'a part of them');
    t.strictSame(await ids(store, name), idsOf([...first, ...second]));
  });

  t.test('the same append sent twice at once is written once', async (t) => {
    const name = await streamOf(store, 1);
    const sent = events(2);
    const results = await Promise.all([
      store.appendToStream(name, sent, 0n),
      store.appendToStream(name, sent, 0n),
    ]);
    t.strictSame(results[0], results[1]);
    t.equal((await ids(store, name)).length, 3);
  });

  t.test('a retry of which only the beginning was written is refused', async (t) => {
    const name = stream();
    const sent = events(2);
    await store.appendToStream(name, sent, 'noStream');
    await refused(t, store.appendToStream(name, [...sent, event()], 'noStream'), WrongExpectedRevision);
    await refused(
      t,
      store.appendToStream(name, [...sent.slice(0, 1), event()], 'noStream'),
      WrongExpectedRevision,
    );
    await refused(t, store.appendToStream(name, sent.toReversed(), 'noStream'), WrongExpectedRevision);
    t.strictSame(await ids(store, name), idsOf(sent));
  });

  t.test('at the current revision an id that exists is written again', async (t) => {
    const name = stream();
    const sent = events(1);
    await store.appendToStream(name, sent, 'noStream');
    t.equal((await store.appendToStream(name, sent, 0n)).revision, 1n);
    t.strictSame(await ids(store, name), idsOf([...sent, ...sent]));
  });

  t.test('one id twice in a batch is written twice', async (t) => {
    const name = stream();
    const [sent] = events(1);
    const twice = sent === undefined ? [] : [sent, sent];
    t.equal((await store.appendToStream(name, twice, 'noStream')).revision, 1n);
    t.strictSame(await ids(store, name), idsOf(twice));
  });

  for (const expected of ['any', 'streamExists'] as const) {
    t.test(`${expected} knows the ids of the stream`, async (t) => {
      const name = await streamOf(store, 1);
      const sent = events(2);
      const original = await store.appendToStream(name, sent, expected);
      const length = (await ids(store, name)).length;
      t.equal((await store.appendToStream(name, sent, expected)).revision, original.revision);
      await refused(t, store.appendToStream(name, [...sent, event()], expected), WrongExpectedRevision);
      t.equal((await ids(store, name)).length, length);
    });
  }

  t.test('ids belong to their stream', async (t) => {
    const sent = events(2);
    for (const name of [stream(), stream()]) {
      t.equal((await store.appendToStream(name, sent, 'any')).revision, 1n);
      t.equal((await ids(store, name)).length, 2);
    }
  });
}

function deleting(t: Test, store: EventStore): void {
  t.test('a soft-deleted stream is not found', async (t) => {
    const name = await streamOf(store, 3);
    await store.deleteStream(name, 2n);
    for (const direction of ['forwards', 'backwards'] as const) {
      t.strictSame(await store.readStream(name, { direction, maxCount: 10 }), { exists: false, events: [] });
    }
    t.strictSame(await store.getStreamMetadata(name), { truncateBefore: 2n ** 63n - 1n });
    await refused(t, store.appendToStream(name, events(1), 'streamExists'), StreamDeleted);
  });

  for (const expected of ['any', 'noStream', 2n] as const) {
    t.test(`an append with ${expected} after a soft delete continues the numbering`, async (t) => {
      const name = await streamOf(store, 3);
      await store.deleteStream(name, 'any');
      const sent = events(2);
      t.equal((await store.appendToStream(name, sent, expected)).revision, 4n);
      const slice = await store.readStream(name, { maxCount: 10 });
      t.strictSame([slice.exists, idsOf(slice.events), slice.lastRevision], [true, idsOf(sent), 4n]);
      t.strictSame(await store.getStreamMetadata(name), { truncateBefore: 3n });
      t.equal((await store.appendToStream(name, events(1), 'streamExists')).revision, 5n);
    });
  }

  t.test('a soft delete replaces other metadata', async (t) => {
    const name = await streamOf(store, 1);
    await store.setStreamMetadata(name, { maxCount: 1, maxAge: 1000 });
    await store.deleteStream(name, 'any');
    t.strictSame(await store.getStreamMetadata(name), { truncateBefore: 2n ** 63n - 1n });
  });

  t.test('deleting expects a revision', async (t) => {
    const name = await streamOf(store, 2);
    await refused(t, store.deleteStream(name, 0n), WrongExpectedRevision);
    await refused(t, store.tombstoneStream(name, 0n), WrongExpectedRevision);
    t.equal((await ids(store, name)).length, 2);
  });

  t.test('deleting a stream that was never written changes nothing', async (t) => {
    const name = stream();
    await store.deleteStream(name, 'any');
    t.equal((await store.readStream(name, { maxCount: 1 })).exists, false);
    t.equal((await store.appendToStream(name, events(1), 'noStream')).revision, 0n);
  });

  t.test('a tombstoned stream stays closed', async (t) => {
    const name = stream();
    const sent = events(2);
    await store.appendToStream(name, sent, 'noStream');
    await store.tombstoneStream(name, 1n);
    for (const expected of ['any', 'noStream', 'streamExists', 1n, 2n] as const) {
      await refused(t, store.appendToStream(name, sent, expected), StreamDeleted, `append with ${expected}`);
    }
    await refused(t, store.readStream(name, { maxCount: 1 }), StreamDeleted);
    await refused(t, store.setStreamMetadata(name, { maxCount: 1 }), StreamDeleted);
    await refused(t, store.deleteStream(name, 'any'), StreamDeleted);
    await refused(t, store.tombstoneStream(name, 'any'), StreamDeleted);
  });

  t.test('a soft-deleted stream can be tombstoned', async (t) => {
    const name = await streamOf(store, 2);
    await store.deleteStream(name, 'any');
    await store.tombstoneStream(name, 'any');
    await refused(t, store.appendToStream(name, events(1), 'any'), StreamDeleted);
  });
}

function metadata(t: Test, store: EventStore): void {
  t.test('metadata is kept and replaced as a whole', async (t) => {
    const name = stream();
    t.strictSame(await store.getStreamMetadata(name), {});
    const all = { maxAge: 3600, maxCount: 5, truncateBefore: 2n ** 40n };
    await store.setStreamMetadata(name, all);
    t.strictSame(await store.getStreamMetadata(name), all);
    await store.setStreamMetadata(name, { maxCount: 2 });
    t.strictSame(await store.getStreamMetadata(name), { maxCount: 2 });
  });

  t.test('maxCount hides all but the last events', async (t) => {
    const name = await streamOf(store, 5);
    await store.setStreamMetadata(name, { maxCount: 2 });
    t.strictSame(await revisions(store, name), [3n, 4n]);
    await store.appendToStream(name, events(1), 4n);
    t.strictSame(await revisions(store, name), [4n, 5n]);
    const backwards = await store.readStream(name, { direction: 'backwards', maxCount: 10 });
    t.strictSame(
      backwards.events.map(({ revision }) => revision),
      [5n, 4n],
    );
  });

  t.test('truncateBefore hides what is below it', async (t) => {
    const name = await streamOf(store, 5);
    await store.setStreamMetadata(name, { truncateBefore: 3n });
    t.strictSame(await revisions(store, name), [3n, 4n]);
    await store.setStreamMetadata(name, {});
    t.strictSame(await revisions(store, name), [0n, 1n, 2n, 3n, 4n], 'and shows it again');
  });

  t.test('maxAge shows what is younger', async (t) => {
    const name = await streamOf(store, 3);
    await store.setStreamMetadata(name, { maxAge: 3600 });
    t.strictSame(await revisions(store, name), [0n, 1n, 2n]);
  });

  t.test('hidden events stay in $all', async (t) => {
    const before = await store.head();
    const name = await streamOf(store, 3);
    await store.setStreamMetadata(name, { maxCount: 1 });
    await store.deleteStream(name, 'any');
    const seen = await allSince(store, before ?? 'start', 1000);
    t.equal(seen.filter(({ streamName }) => streamName === name).length, 3);
    t.ok(seen.some((event) => event.streamName === `$$${name}` && event.type === '$metadata'));
  });
}

function readingStreams(t: Test, store: EventStore): void {
  t.test('a stream that was never written does not exist', async (t) => {
    t.strictSame(await store.readStream(stream(), { maxCount: 10 }), { exists: false, events: [] });
  });

  t.test('a stream is read in pages, from anywhere, both ways', async (t) => {
    const name = await streamOf(store, 10);
    const read = async (options: Parameters<EventStore['readStream']>[1]) => {
      const slice = await store.readStream(name, options);
      t.equal(slice.exists, true);
      t.equal(slice.lastRevision, 9n);
      return slice.events.map(({ revision }) => Number(revision));
    };
    t.strictSame(await read({ maxCount: 4 }), [0, 1, 2, 3]);
    t.strictSame(await read({ from: 'start', maxCount: 100 }), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    t.strictSame(await read({ from: 7n, maxCount: 2 }), [7, 8]);
    t.strictSame(await read({ from: 9n, maxCount: 2 }), [9]);
    t.strictSame(await read({ direction: 'backwards', maxCount: 3 }), [9, 8, 7]);
    t.strictSame(await read({ direction: 'backwards', from: 'end', maxCount: 1 }), [9]);
    t.strictSame(await read({ direction: 'backwards', from: 2n, maxCount: 10 }), [2, 1, 0]);
    t.strictSame(await read({ direction: 'backwards', from: 0n, maxCount: 10 }), [0]);
  });

  t.test('reading past the end finds nothing more', async (t) => {
    const name = await streamOf(store, 2);
    const slice = await store.readStream(name, { from: 2n, maxCount: 10 });
    t.strictSame([slice.exists, slice.events.length], [true, 0]);
  });

  t.test('an append can be read as soon as it is acknowledged', async (t) => {
    const name = stream();
    for (let revision = 0; revision < 20; revision += 1) {
      await store.appendToStream(name, events(1), revision === 0 ? 'noStream' : BigInt(revision - 1));
      const { events: read } = await store.readStream(name, { direction: 'backwards', maxCount: 1 });
      t.equal(read[0]?.revision, BigInt(revision));
    }
  });
}

function readingAll(t: Test, store: EventStore): void {
  t.test('$all holds the events of all streams in the order of their recording', async (t) => {
    const before = await headOf(store);
    const names = [stream(), stream()];
    const sent: EventData[] = [];
    for (let round = 0; round < 6; round += 1) {
      const batch = events(2);
      sent.push(...batch);
      await store.appendToStream(names[round % 2] ?? '', batch, 'any');
    }
    const seen = (await allSince(store, before, 5)).filter(({ streamName }) => names.includes(streamName));
    t.strictSame(idsOf(seen), idsOf(sent));
    const positions = seen.map(({ position }) => position);
    t.ok(
      positions.every(
        (position, i) => i === 0 || comparePositions(position, positions[i - 1] ?? position) > 0,
      ),
    );
    const { events: fromStream } = await store.readStream(names[0] ?? '', { maxCount: 1 });
    t.strictSame(fromStream[0], seen[0], 'the same event as in its stream');
  });

  t.test('a read from a position leaves that event out', async (t) => {
    const name = stream();
    const result = await store.appendToStream(name, events(3), 'noStream');
    const { events: own } = await store.readStream(name, { maxCount: 3 });
    const after = await allSince(store, own[0]?.position ?? 'start', 1000);
    t.strictSame(idsOf(after.filter(({ streamName }) => streamName === name)), idsOf(own.slice(1)));
    const atEnd = await store.readAll({ from: result.position, maxCount: 1000 });
    t.notOk(atEnd.events.some(({ streamName }) => streamName === name));
  });

  t.test('the head is at or after the last acknowledged event', async (t) => {
    const { position } = await store.appendToStream(stream(), events(2), 'noStream');
    const head = await store.head();
    t.ok(head !== undefined && comparePositions(head, position) >= 0);
  });

  t.test('at the end of the log a read says so and stays where it is', async (t) => {
    await store.appendToStream(stream(), events(1), 'noStream');
    const head = await headOf(store);
    const slice = await store.readAll({ from: head, maxCount: 10 });
    if (slice.events.length === 0) t.strictSame([slice.atEnd, slice.next], [true, head]);
    else t.pass('someone else has written meanwhile');
  });
}

function subscribing(t: Test, store: EventStore): void {
  t.test('a subscription gives what is there and then what comes', async (t) => {
    const before = await headOf(store);
    const name = stream();
    const sent = events(7);
    await store.appendToStream(name, sent.slice(0, 3), 'noStream');
    const controller = new AbortController();
    const seen: RecordedEvent[] = [];
    for await (const slice of store.subscribeToAll({
      from: before,
      maxCount: 2,
      signal: controller.signal,
    })) {
      t.ok(slice.events.length <= 2);
      seen.push(...slice.events.filter(({ streamName }) => streamName === name));
      if (seen.length === 3) await store.appendToStream(name, sent.slice(3), 2n);
      if (seen.length === 7) controller.abort();
    }
    t.strictSame(idsOf(seen), idsOf(sent));
  });

  t.test('a subscription waits for the first event', async (t) => {
    const from = await headOf(store);
    const name = stream();
    const controller = new AbortController();
    const first = (async () => {
      for await (const slice of store.subscribeToAll({ from, maxCount: 10, signal: controller.signal })) {
        const found = slice.events.find(({ streamName }) => streamName === name);
        if (found !== undefined) return found;
      }
      return undefined;
    })();
    await turn(); // lets it reach its waiting; whether it did changes nothing about the outcome
    const sent = events(1);
    await store.appendToStream(name, sent, 'noStream');
    t.equal((await first)?.id, sent[0]?.id);
    controller.abort();
  });

  t.test('many subscriptions see the same, at their own pace', async (t) => {
    const from = await headOf(store);
    const name = stream();
    const sent = events(50);
    const follow = async (maxCount: number) => {
      const seen: RecordedEvent[] = [];
      for await (const slice of store.subscribeToAll({
        from,
        maxCount,
        signal: new AbortController().signal,
      })) {
        seen.push(...slice.events.filter(({ streamName }) => streamName === name));
        if (seen.length >= sent.length) break;
      }
      return idsOf(seen);
    };
    const followers = Promise.all([follow(1), follow(7), follow(1000)]);
    for (let at = 0; at < sent.length; at += 5) {
      await store.appendToStream(name, sent.slice(at, at + 5), at === 0 ? 'noStream' : BigInt(at - 1));
    }
    for (const seen of await followers) t.strictSame(seen, idsOf(sent));
  });

  t.test('a subscription ends when its signal aborts', async (t) => {
    const controller = new AbortController();
    const ended = (async () => {
      for await (const _ of store.subscribeToAll({
        from: await headOf(store),
        maxCount: 1,
        signal: controller.signal,
      }));
    })();
    controller.abort();
    await t.resolves(ended);
  });
}

function stream(): string {
  return `contract-${randomUUID()}`;
}

function event(data: EventData['data'] = { n: 1 }): EventData {
  return { id: randomUUID(), type: 'contract-tested.v1', data, metadata: { tenantId: 'default' } };
}

function events(count: number): EventData[] {
  return Array.from({ length: count }, (_, n) => event({ n }));
}

async function streamOf(store: EventStore, length: number): Promise<string> {
  const name = stream();
  if (length > 0) await store.appendToStream(name, events(length), 'noStream');
  return name;
}

function contentOf({ id, type, data, metadata }: RecordedEvent): EventData {
  return { id, type, data, metadata };
}

function idsOf(list: readonly EventData[]): string[] {
  return list.map(({ id }) => id);
}

async function ids(store: EventStore, name: string): Promise<string[]> {
  return idsOf((await store.readStream(name, { maxCount: 1000 })).events);
}

async function revisions(store: EventStore, name: string): Promise<bigint[]> {
  return (await store.readStream(name, { maxCount: 1000 })).events.map(({ revision }) => revision);
}

async function headOf(store: EventStore) {
  return (await store.head()) ?? 'start';
}

async function allSince(
  store: EventStore,
  from: Parameters<EventStore['readAll']>[0]['from'],
  maxCount: number,
): Promise<RecordedEvent[]> {
  const seen: RecordedEvent[] = [];
  for (let next = from; ; ) {
    const slice = await store.readAll({ from: next, maxCount });
    seen.push(...slice.events);
    if (slice.atEnd) return seen;
    next = slice.next ?? next;
  }
}

async function refused(
  t: Test,
  promise: Promise<unknown>,
  error:
    | typeof StreamDeleted
    | typeof WrongExpectedRevision
    | typeof AppendTooLarge
    | typeof EventStoreUnavailable,
  title = `refused with ${error.name}`,
): Promise<void> {
  t.ok((await rejection(promise)) instanceof error, title);
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return undefined;
}
