import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createCheckMessages } from '../../src/commands/checkMessages.js';
import { type JourneySnapshot, toSnapshot } from '../../src/commands/journeySnapshots.js';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { message, minute } from '../support/journeySpecification.js';
import { testFolder } from '../support/testFolder.js';
import { allEvents, writeSide } from '../support/writeSide.js';

async function openStore(t: Test) {
  const eventStore = await openEmbeddedEventStore({ folder: testFolder(t), clock: Date.now });
  t.teardown(() => eventStore.close());
  return eventStore;
}

t.test('the same message is stored once: in one batch, in requests at once, and later', async (t) => {
  const eventStore = await openStore(t);
  const { send } = writeSide(eventStore);
  const one = message(0);
  const twice = await send(one, one);
  t.match(twice, { accepted: 1, duplicates: 1 });
  const two = message(1);
  const results = await Promise.all([send(two), send(two), send(two)]);
  t.equal(
    results.reduce((sum, { accepted }) => sum + accepted, 0),
    1,
  );
  t.match(await send(one, two), { accepted: 0, duplicates: 2 });
  const tracked = (await allEvents(eventStore)).filter(({ event }) => event.type === 'ActionTracked');
  t.equal(tracked.length, 2);
});

t.test('a duplicate is answered only when the original is durable', async (t) => {
  const eventStore = await openStore(t);
  const { send } = writeSide(eventStore);
  const one = message(0);
  const order: string[] = [];
  await Promise.all([
    send(one).then(() => order.push('original')),
    send(one).then(async ({ duplicates }) => {
      order.push('duplicate');
      t.equal(duplicates, 1);
      t.ok((await allEvents(eventStore)).some(({ metadata }) => metadata.messageId === one.messageId));
    }),
  ]);
  t.strictSame(order, ['original', 'duplicate']);
});

t.test('deduplication outlives the memory: eviction, restart, snapshots', async (t) => {
  const folder = testFolder(t);
  const snapshots = new Map<string, JourneySnapshot>();
  const messages = Array.from({ length: 1200 }, (_, i) => message(i * minute));
  const first = await openEmbeddedEventStore({ folder, clock: Date.now });
  const tight = writeSide(first, { snapshots, maxStateBytes: 100 });
  for (const one of messages) await tight.send(one);
  await tight.send(message(0, { userId: 'another' }));
  t.match(await tight.send(...messages), { accepted: 0, duplicates: 1200 });
  await first.close();
  t.ok(snapshots.size > 0, 'a long journey has a snapshot');

  for (const kept of [snapshots, new Map<string, JourneySnapshot>()]) {
    const again = await openEmbeddedEventStore({ folder, clock: Date.now });
    t.match(await writeSide(again, { snapshots: kept }).send(...messages), { accepted: 0, duplicates: 1200 });
    await again.close();
  }
});

t.test('a foreign writer on the same stream is a conflict that is decided again', async (t) => {
  const eventStore = await openStore(t);
  const here = writeSide(eventStore);
  const there = writeSide(eventStore);
  const one = message(0);
  await here.send(one);
  await there.send(message(1));
  t.match(await here.send(message(2), one), { accepted: 1, duplicates: 1 });
  const revisions = (await allEvents(eventStore))
    .filter(({ streamName }) => streamName.startsWith('journey-'))
    .map(({ revision }) => revision);
  t.strictSame(
    revisions,
    revisions.map((_, i) => BigInt(i)),
  );
});

t.test('identify with both ids links the anonymous journey, and a repeat heals half a link', async (t) => {
  const eventStore = await openStore(t);
  const { send, journeys, dependencies } = writeSide(eventStore);
  const anonymous = { userId: undefined, anonymousId: 'visitor' } as const;
  const { userId: _, ...visit } = { ...message(0), ...anonymous };
  await send(visit);
  const identify = message(1, { kind: 'identify', anonymousId: 'visitor' });
  await send(identify);
  await send(identify);
  t.equal(await journeys.inspect('default', 'anonymous-visitor', ({ linkedTo }) => linkedTo), 'user-ada');
  t.ok(
    await journeys.inspect('default', 'user-ada', ({ linkedSubjects }) =>
      linkedSubjects.has('anonymous-visitor'),
    ),
  );
  const links = (await allEvents(eventStore))
    .map(({ event }) => event.type)
    .filter((type) => /Link/.test(type));
  t.strictSame(links, ['LinkedToUser', 'JourneyLinked']);

  await t.test('an anonymous journey stays with the first user', async (t) => {
    await send(message(2, { kind: 'identify', anonymousId: 'visitor', userId: 'eve' }));
    t.equal(await journeys.inspect('default', 'anonymous-visitor', ({ linkedTo }) => linkedTo), 'user-ada');
    t.equal(await journeys.inspect('default', 'user-eve', ({ linkedSubjects }) => linkedSubjects.size), 0);
  });

  await t.test('an alias links an earlier user id where there is such a journey', async (t) => {
    await send(message(3, { kind: 'alias', userId: 'ada', previousId: 'eve' }));
    t.equal(await journeys.inspect('default', 'user-eve', ({ linkedTo }) => linkedTo), 'user-ada');
    t.ok(dependencies);
  });
});

t.test('checking says what would happen and writes nothing', async (t) => {
  const eventStore = await openStore(t);
  const { dependencies, send } = writeSide(eventStore);
  const [known, fresh] = [message(0), message(1)];
  await send(known);
  const before = await eventStore.head();
  const request = {
    tenantId: 'default',
    correlationId: randomUUID(),
    source: 'test',
    receivedAt: 0,
    messages: [known, fresh, fresh].map((one, index) => ({ ...one, index })),
    rejected: [{ index: 3, messageId: null, code: 'x', message: 'y', payload: '{}' }],
  };
  t.match(await createCheckMessages(dependencies)(request), {
    accepted: 1,
    duplicates: 2,
    rejected: [{ index: 3 }],
  });
  t.strictSame(await eventStore.head(), before);
});

t.test(
  'events sent five times, shuffled, by many requests at once: each is there once, and all is accounted',
  async (t) => {
    const eventStore = await openStore(t);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ user: fc.integer({ min: 0, max: 5 }), at: fc.integer({ min: 0, max: 500 }) }), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.infiniteStream(fc.nat()),
        async (specifications, keys) => {
          run++;
          const { send } = writeSide(eventStore);
          const originals = specifications.map(({ user, at }) =>
            message(at * minute, { userId: `run${run}-${user}` }),
          );
          const copies = originals
            .flatMap((one) => Array.from({ length: 5 }, () => ({ one, key: keys.next().value as number })))
            .sort((a, b) => a.key - b.key)
            .map(({ one }) => one);
          const batches = Array.from({ length: Math.ceil(copies.length / 7) }, (_, i) =>
            copies.slice(i * 7, i * 7 + 7),
          );
          const before = await eventStore.head();
          const results = await Promise.all(batches.map((batch) => send(...batch)));
          const sum = (pick: (result: (typeof results)[number]) => number) =>
            results.reduce((total, result) => total + pick(result), 0);
          assert.equal(
            sum(({ accepted }) => accepted),
            originals.length,
          );
          assert.equal(
            sum(({ accepted, duplicates }) => accepted + duplicates),
            copies.length,
          );
          const { events } = await eventStore.readAll({ from: before ?? 'start', maxCount: 100_000 });
          const stored = events
            .filter(({ type }) => type === 'action-tracked.v1')
            .map((event) => event.metadata.messageId);
          assert.deepEqual([...stored].sort(), originals.map(({ messageId }) => messageId).sort());
          const dropped = events
            .filter(({ type }) => type === 'duplicates-dropped.v1')
            .reduce((total, { data }) => total + Number(data.count), 0);
          assert.equal(dropped, copies.length - originals.length);
        },
      ),
      { numRuns: 25 },
    );
  },
);

t.test('links never form a circle, and what was linked earlier comes along', async (t) => {
  const eventStore = await openStore(t);
  const { send, journeys } = writeSide(eventStore);
  const ownerOf = (subject: string) => journeys.inspect('default', subject, ({ linkedTo }) => linkedTo);
  await send(message(0, { userId: 'a' }), message(1, { userId: 'b' }));
  await send(message(2, { kind: 'identify', userId: 'a', anonymousId: 'z' }));
  await send(message(3, { kind: 'alias', userId: 'b', previousId: 'a' }));
  t.equal(await ownerOf('user-a'), 'user-b');
  t.equal(await ownerOf('anonymous-z'), 'user-b', 'the chain is one step long');
  await send(message(4, { kind: 'alias', userId: 'a', previousId: 'b' }));
  t.equal(await ownerOf('user-b'), undefined, 'no circle');
  await send(message(5, { kind: 'identify', userId: 'a', anonymousId: 'y' }));
  t.equal(await ownerOf('anonymous-y'), 'user-b', 'who is linked stands for its owner');
  const linked = await journeys.inspect('default', 'user-b', ({ linkedSubjects }) =>
    [...linkedSubjects].sort(),
  );
  t.strictSame(linked, ['anonymous-y', 'anonymous-z', 'user-a']);
});

t.test('an append that has to be divided keeps what was concluded with its cause', async (t) => {
  const eventStore = await openStore(t);
  const bulky = (at: number) =>
    message(at, { name: 'Problem Attempted', properties: { feature: 'quiz', text: 'x'.repeat(30_000) } });
  const messages = Array.from({ length: 60 }, (_, at) => bulky(at));
  let appends = 0;
  const failing = Object.create(eventStore, {
    maxAppendBytes: { value: eventStore.maxAppendBytes },
    appendToStream: {
      value: (...parameters: Parameters<typeof eventStore.appendToStream>) => {
        const bytes = JSON.stringify(parameters[1]).length;
        if (bytes <= eventStore.maxAppendBytes && ++appends === 2) throw new Error('gone');
        return eventStore.appendToStream(...parameters);
      },
    },
  });
  await t.rejects(writeSide(failing).send(...messages), /gone/);
  await writeSide(eventStore).send(...messages);
  const events = (await allEvents(eventStore)).map(({ event }) => event.type);
  t.equal(events.filter((type) => type === 'ActionTracked').length, 60);
  t.strictSame(
    events.filter((type) => type.startsWith('Struggle')),
    ['StruggleDetected', 'StruggleEscalated', 'StruggleEscalated', 'StruggleEscalated'],
  );
});

t.test('a snapshot that is ahead of a restored log is not used', async (t) => {
  const eventStore = await openStore(t);
  const one = message(0);
  const first = writeSide(eventStore);
  await first.send(one);
  const state = await first.journeys.inspect('default', 'user-ada', (known) => toSnapshot(known, 7n));
  const snapshots = new Map([['journey-default_user-ada', state]]);
  t.match(await writeSide(eventStore, { snapshots }).send(message(1)), { accepted: 1 });
});
