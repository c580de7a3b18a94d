import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createAccessLog, type PersonalRead } from '../../../src/commands/accessLog.js';
import { openEmbeddedEventStore } from '../../../src/eventStore/embedded/embeddedEventStore.js';
import {
  type EventData,
  type EventStore,
  EventStoreUnavailable,
} from '../../../src/eventStore/eventStore.js';
import { allStored } from '../../support/auditRig.js';
import { subjectNumber } from '../../support/projectionFold.js';
import { testFolder } from '../../support/testFolder.js';

const read: PersonalRead = {
  tenantId: 'default',
  actor: { keyId: 'k1', role: 'administrator' },
  action: 'profile-list',
  purpose: 'support',
  subjects: [subjectNumber(1)],
  correlationId: 'r1',
};
const rest = { instanceId: 'i1', newId: randomUUID, now: () => 1_000 };

t.test('a read is recorded with who, what, why, whom and by which request', async (t) => {
  const eventStore = await openEmbeddedEventStore({ folder: testFolder(t), clock: Date.now });
  t.teardown(() => eventStore.close());
  await createAccessLog({ eventStore, ...rest }).record(read);
  const [event] = await allStored(eventStore);
  t.match(event, {
    type: 'personal-data-read.v1',
    streamName: 'access-default_i1',
    data: {
      actor: read.actor,
      action: 'profile-list',
      purpose: 'support',
      subjects: read.subjects,
      count: 1,
    },
    metadata: { correlationId: 'r1', tenantId: 'default', recordedAt: 1_000 },
  });
});

t.test('many people are told by events of at most 500, each person once', async (t) => {
  const eventStore = await openEmbeddedEventStore({ folder: testFolder(t), clock: Date.now });
  t.teardown(() => eventStore.close());
  const subjects = Array.from({ length: 1100 }, (_, n) => subjectNumber(n));
  await createAccessLog({ eventStore, ...rest }).record({ ...read, subjects: [...subjects, ...subjects] });
  const events = await allStored(eventStore);
  t.strictSame(
    events.map(({ data }) => [(data.subjects as string[]).length, data.count]),
    [
      [500, 1100],
      [500, 1100],
      [100, 1100],
    ],
  );
  t.strictSame(
    events.flatMap(({ data }) => data.subjects),
    subjects,
  );
});

t.test('a read that opened nothing records nothing', async (t) => {
  const { eventStore, appends } = slowStore();
  await createAccessLog({ eventStore, ...rest }).record({ ...read, subjects: [] });
  t.equal(appends.length, 0);
});

t.test('reads that come while one is being recorded share an append, a tenant each its own', async (t) => {
  const { eventStore, appends, release } = slowStore();
  const log = createAccessLog({ eventStore, ...rest });
  const recorded = Array.from({ length: 300 }, (_, n) =>
    log.record({ ...read, subjects: [subjectNumber(n)] }),
  );
  const other = log.record({ ...read, tenantId: 'other' });
  release();
  await Promise.all([...recorded, other]);
  t.strictSame(
    appends.map(({ stream, events }) => [stream, events.length]),
    [
      ['access-default_i1', 1],
      ['access-other_i1', 1],
      ['access-default_i1', 200],
      ['access-default_i1', 99],
    ],
  );
});

t.test('a read that cannot be recorded is refused, and the next one is recorded', async (t) => {
  const eventStore = await openEmbeddedEventStore({ folder: testFolder(t), clock: Date.now });
  t.teardown(() => eventStore.close());
  let fails = true;
  const failing: Pick<EventStore, 'appendToStream' | 'readStream'> = {
    appendToStream(...append) {
      // As a lost connection: it was written, and nobody was told.
      const written = eventStore.appendToStream(...append);
      return fails ? written.then(() => Promise.reject(new EventStoreUnavailable('gone'))) : written;
    },
    readStream: (...asked) => eventStore.readStream(...asked),
  };
  const log = createAccessLog({
    eventStore: Object.assign(Object.create(eventStore) as EventStore, failing),
    ...rest,
  });
  await t.rejects(log.record(read), { code: 'store-unavailable' });
  fails = false;
  await log.record(read);
  t.equal((await allStored(eventStore)).length, 2);
});

t.test('no more wait than may: others are refused at once', async (t) => {
  const { eventStore, release } = slowStore();
  const log = createAccessLog({ eventStore, ...rest, maxWaiting: 2 });
  const accepted = [log.record(read), log.record(read)];
  await t.rejects(log.record(read), { code: 'store-unavailable' });
  release();
  await Promise.all(accepted);
  await log.record(read);
});

/** Holds appends back until released. */
function slowStore() {
  const appends: { readonly stream: string; readonly events: readonly EventData[] }[] = [];
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let revision = -1n;
  const eventStore: Pick<EventStore, 'appendToStream'> = {
    async appendToStream(stream, events) {
      appends.push({ stream, events });
      await released;
      revision += BigInt(events.length);
      return { revision, position: { commit: revision, prepare: revision } };
    },
  };
  return { eventStore: eventStore as EventStore, appends, release: () => release() };
}
