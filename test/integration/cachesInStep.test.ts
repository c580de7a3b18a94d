import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { cachesOf } from '../../src/composition/caches.js';
import { journeyStreamName } from '../../src/domain/journey/streamName.js';
import type { EventStore } from '../../src/eventStore/eventStore.js';
import { openEmbeddedSharedState } from '../../src/integrations/embedded/embeddedSharedState.js';
import { soleClaims } from '../../src/processors/claims.js';
import type { Processors } from '../../src/processors/processors.js';
import { grant, withdraw } from '../support/consentDecisions.js';
import { message } from '../support/journeySpecification.js';
import { openRig, type Rig } from '../support/processorRig.js';
import { writeSide } from '../support/writeSide.js';

const analytics = { purpose: 'analytics' } as const;
const cause = { correlationId: 'test', recordedAt: 1 };
/** Milliseconds. */
const stepTime = 300;

/** The write side of one of several instances. A cut one reads nothing more of the log. */
async function instanceOn(rig: Rig, { follows = true } = {}) {
  const isInStep = () => processors?.isInStep ?? false;
  const side = writeSide(rig.eventStore, { currency: { isInStep, validFor: stepTime } });
  const cuttable = new Cuttable(rig.eventStore);
  const processors: Processors | undefined = follows
    ? rig.processors({
        eventStore: cuttable.store,
        shared: {
          claims: { ...soleClaims, alone: false },
          sharedState: openEmbeddedSharedState(),
          stepTime,
          observers: [cachesOf(side.journeys, side.consents)],
        },
      })
    : undefined;
  await processors?.start();
  const decide = (subject: string, ...commands: Parameters<typeof side.consents.execute>[2]) =>
    side.consents.execute('default', subject, commands, cause);
  return { ...side, decide, isInStep, cuttable };
}

/** A store whose reading can be made to hang, as on a connection that has gone silent. */
class Cuttable {
  #mended: Promise<void> = Promise.resolve();
  mend: () => void = () => undefined;
  readonly store: EventStore;

  constructor(store: EventStore) {
    const here = <T>(answer: () => Promise<T>) => this.#mended.then(answer);
    this.store = {
      ...store,
      maxAppendBytes: store.maxAppendBytes,
      appendToStream: (...args) => store.appendToStream(...args),
      readStream: (...args) => store.readStream(...args),
      readAll: (options) => here(() => store.readAll(options)),
      subscribeToAll: (options) => store.subscribeToAll(options),
      head: () => here(() => store.head()),
      close: () => store.close(),
    };
  }

  cut(): void {
    this.#mended = new Promise((resolve) => {
      this.mend = resolve;
    });
  }
}

async function two(t: Test) {
  const rig = await openRig(t);
  const [one, other] = [await instanceOn(rig), await instanceOn(rig)];
  await rig.until(() => one.isInStep() && other.isInStep(), 'both are in step');
  return { rig, one, other };
}

t.test(
  'consent that is withdrawn on one instance is honoured on every other when the answer is there',
  async (t) => {
    const { one, other } = await two(t);
    for (let round = 0; round < 5; round++) {
      const userId = `ada-${round}`;
      const subject = `user-${userId}`;
      t.match(await other.send(message(1, { userId })), { accepted: 1 }, 'known there');
      await one.decide(subject, withdraw(1, analytics));
      t.match(await other.send(message(2, { userId })), { accepted: 0, suppressed: 1 });
      await one.decide(subject, grant(2, analytics));
      t.match(await other.send(message(3, { userId })), { accepted: 1, suppressed: 0 });
    }
  },
);

t.test('also on one that hears nothing of the log any more', async (t) => {
  const { rig, one, other } = await two(t);
  t.match(await other.send(message(1, { userId: 'ada' })), { accepted: 1 });
  other.cuttable.cut();
  await one.decide('user-ada', withdraw(1, analytics));
  t.match(await other.send(message(2, { userId: 'ada' })), { accepted: 0, suppressed: 1 });
  await rig.until(() => !other.isInStep(), 'it knows that it is out of step');
  t.match(await other.send(message(3, { userId: 'bob' })), { accepted: 1 }, 'and goes on by reading');
  other.cuttable.mend();
});

t.test('two instances that decide about one person at once both succeed', async (t) => {
  const { one, other } = await two(t);
  await Promise.all([
    one.decide('user-ada', withdraw(1, analytics)),
    other.decide('user-ada', withdraw(2, { purpose: 'personalisation' })),
  ]);
  for (const { consents } of [one, other]) {
    const { standing } = await consents.of('default', 'user-ada');
    t.match(standing.get('analytics'), { event: { type: 'ConsentWithdrawn' } });
    t.match(standing.get('personalisation'), { event: { type: 'ConsentWithdrawn' } });
  }
});

t.test('a journey is one, whichever instance its messages reach', async (t) => {
  const { rig, one, other } = await two(t);
  const messages = Array.from({ length: 60 }, (_, at) => message(at, { userId: 'ada' }));
  const results = await Promise.all(
    messages.flatMap((each, at) => [
      (at % 2 === 0 ? one : other).send(each),
      // Each a second time, at the other.
      (at % 2 === 0 ? other : one).send(each),
    ]),
  );
  const sum = (pick: (result: (typeof results)[number]) => number) =>
    results.reduce((total, result) => total + pick(result), 0);
  t.equal(
    sum(({ accepted }) => accepted),
    60,
  );
  t.equal(
    sum(({ duplicates }) => duplicates),
    60,
  );
  const name = journeyStreamName('default', 'user-ada');
  const { events } = await rig.eventStore.readStream(name, { maxCount: 1000 });
  const ids = events.map(({ metadata }) => metadata.messageId);
  t.equal(new Set(ids).size, 60, 'each message once');
});

t.test(
  'whoever was erased on one instance is erased on the others, whatever they have in memory',
  async (t) => {
    const rig = await openRig(t);
    const [one, other] = [await instanceOn(rig), await instanceOn(rig, { follows: false })];
    t.match(await other.send(message(1, { userId: 'ada' })), { accepted: 1 });
    await one.journeys.suspend('default', ['user-ada']);
    await rig.eventStore.tombstoneStream(journeyStreamName('default', 'user-ada'), 'any');
    t.match(await other.send(message(2, { userId: 'ada' })), { accepted: 0, suppressed: 1 });
    t.match(await other.send({ ...message(3, { userId: 'ada' }), messageId: randomUUID() }), {
      suppressed: 1,
    });
  },
);
