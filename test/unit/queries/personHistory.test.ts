import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import type { JourneyEvent } from '../../../src/domain/journey/events.js';
import { journeyStreamName } from '../../../src/domain/journey/streamName.js';
import { encode } from '../../../src/eventStore/codec.js';
import { openEmbeddedEventStore } from '../../../src/eventStore/embedded/embeddedEventStore.js';
import { findHistory, readEvents } from '../../../src/queries/personHistory.js';
import { testFolder } from '../../support/testFolder.js';

const ever = Number.POSITIVE_INFINITY;

async function openStore(t: Test) {
  const store = await openEmbeddedEventStore({ folder: testFolder(t), clock: () => 0 });
  t.teardown(() => store.close());
  const record = (subject: string, recordedAt: number, ...events: JourneyEvent[]) => {
    const metadata = {
      messageId: 'm',
      correlationId: 'c',
      causationId: 'm',
      tenantId: 'default',
      schemaVersion: 1,
      occurredAt: recordedAt,
      recordedAt,
    };
    return store.appendToStream(
      journeyStreamName('default', subject),
      events.map((event) => encode({ id: randomUUID(), event, metadata })),
      'any',
    );
  };
  return { store, record };
}

const started: JourneyEvent = { type: 'JourneyStarted', data: { kind: 'user', identity: 'x' } };
const linkedTo = (userSubject: string): JourneyEvent => ({ type: 'LinkedToUser', data: { userSubject } });
const links = (linkedSubject: string): JourneyEvent => ({
  type: 'JourneyLinked',
  data: { linkedSubject, kind: 'anonymous' },
});

t.test('a person is the user with all journeys linked to them, from whichever is asked for', async (t) => {
  const { store, record } = await openStore(t);
  await record('a1', 1, started, linkedTo('u'));
  await record('a2', 2, started, linkedTo('u'));
  await record('u', 3, started, links('a1'), links('a2'));
  for (const subject of ['u', 'a1', 'a2']) {
    const history = await findHistory(store, 'default', subject, ever);
    t.equal(history?.subject, 'u');
    t.same([...(history?.journeys ?? [])].sort(), ['a1', 'a2', 'u']);
  }
});

t.test('what was recorded later does not count', async (t) => {
  const { store, record } = await openStore(t);
  await record('a', 1, started);
  await record('u', 5, started);
  await record('a', 9, linkedTo('u'));
  await record('u', 9, links('a'));
  t.same(await findHistory(store, 'default', 'a', 8), { subject: 'a', journeys: ['a'] });
  t.same(await findHistory(store, 'default', 'u', 8), { subject: 'u', journeys: ['u'] });
  t.equal(await findHistory(store, 'default', 'u', 4), undefined);
  t.same(await findHistory(store, 'default', 'a', 9), { subject: 'u', journeys: ['u', 'a'] });
});

t.test("a journey that became one person's first does not show another person their history", async (t) => {
  const { store, record } = await openStore(t);
  await record('shared', 1, started, linkedTo('first'));
  await record('first', 2, started, links('shared'));
  await record('second', 3, started, links('shared'));
  t.same(await findHistory(store, 'default', 'second', ever), { subject: 'second', journeys: ['second'] });
});

t.test('links in a circle come to an end', async (t) => {
  const { store, record } = await openStore(t);
  await record('a', 1, started, linkedTo('b'), links('b'));
  await record('b', 2, started, linkedTo('a'), links('a'));
  const history = await findHistory(store, 'default', 'a', ever);
  t.same([...(history?.journeys ?? [])].sort(), ['a', 'b']);
});

t.test('a long stream is read to its end, a deleted one is empty', async (t) => {
  const { store, record } = await openStore(t);
  await record('u', 1, ...Array.from({ length: 1203 }, () => started));
  const stream = journeyStreamName('default', 'u');
  let count = 0;
  for await (const _ of readEvents(store, stream, ever)) count += 1;
  t.equal(count, 1203);
  await store.tombstoneStream(stream, 'any');
  for await (const _ of readEvents(store, stream, ever)) t.fail('a tombstoned stream has no events');
});
