import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { createCheckMessages } from '../../src/commands/checkMessages.js';
import type { ConsentPolicy } from '../../src/domain/consent/policy.js';
import { defaultConsentPolicy } from '../../src/domain/consent/policy.js';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import type { EventStore } from '../../src/eventStore/eventStore.js';
import { decisionAt, grant, withdraw } from '../support/consentDecisions.js';
import { message } from '../support/journeySpecification.js';
import { testFolder } from '../support/testFolder.js';
import { allEvents, writeSide } from '../support/writeSide.js';

const analytics = { purpose: 'analytics' } as const;
const cause = { correlationId: 'test', recordedAt: 1 };

async function open(t: Test, rule?: ConsentPolicy['rules']['analytics'], necessary: string[] = []) {
  const eventStore = await openEmbeddedEventStore({ folder: testFolder(t), clock: Date.now });
  t.teardown(() => eventStore.close());
  const rules = { ...defaultConsentPolicy.rules, ...(rule && { analytics: rule }) };
  const side = writeSide(eventStore, { consentPolicy: { rules, necessaryEvents: new Set(necessary) } });
  const decide = (subject: string, ...commands: Parameters<typeof side.consents.execute>[2]) =>
    side.consents.execute('default', subject, commands, cause);
  const standing = async (subject: string) =>
    (await side.consents.of('default', subject)).standing.get('analytics')?.event.type;
  return { ...side, eventStore, decide, standing };
}

t.test(
  'received = accepted + duplicates + suppressed + rejected, and what is suppressed leaves no trace',
  async (t) => {
    const { decide, dependencies, eventStore, ingestMessages } = await open(t);
    await decide('user-ada', withdraw(1, analytics));
    const twice = message(0, { userId: 'bob' });
    const request = {
      tenantId: 'default',
      correlationId: 'request',
      source: 'test',
      receivedAt: 2,
      messages: [
        message(1, { userId: 'ada', name: 'Secret Deed' }),
        message(2, { userId: 'ada', name: 'Secret Deed' }),
        twice,
        twice,
        message(3, { userId: 'eve' }),
      ].map((each, index) => ({ ...each, index })),
      rejected: [{ index: 5, messageId: null, code: 'missing-id', message: 'Give it an id.', payload: '{}' }],
    };
    const checked = await createCheckMessages(dependencies)(request);
    const result = await ingestMessages(request);
    for (const answer of [checked, result]) {
      t.match(answer, { accepted: 2, duplicates: 1, suppressed: 2, rejected: { length: 1 } });
    }
    const events = await allEvents(eventStore);
    t.notMatch(JSON.stringify(events.map(({ event }) => event)), 'Secret Deed');
    t.notOk(events.some(({ streamName }) => streamName === 'journey-default_user-ada'));
    t.match(
      events.flatMap(({ event }) => (event.type === 'MessagesSuppressed' ? [event.data] : [])),
      [{ count: 2, reason: 'withdrawn' }],
    );
  },
);

t.test('what the tenant asks for: opt-in, and necessary events alone', async (t) => {
  const optIn = await open(t, 'opt-in');
  t.match(await optIn.send(message(0)), { accepted: 0, suppressed: 1 });
  t.strictSame(
    (await allEvents(optIn.eventStore)).map(({ event }) => event.data),
    [{ count: 1, reason: 'not-granted' }],
  );
  await optIn.decide('user-ada', grant(1, analytics));
  t.match(await optIn.send(message(1)), { accepted: 1, suppressed: 0 });

  const necessary = await open(t, 'necessary-only', ['Order Completed']);
  await necessary.decide('user-ada', grant(1, analytics));
  t.match(await necessary.send(message(0), message(1, { name: 'Order Completed' })), {
    accepted: 1,
    suppressed: 1,
  });
  await necessary.decide('user-ada', { type: 'RestrictProcessing', data: decisionAt(2) });
  t.match(await necessary.send(message(2, { name: 'Order Completed' })), { accepted: 0, suppressed: 1 });
});

t.test('under opt-in, identities that nothing was agreed for are not linked', async (t) => {
  const { send, decide, eventStore } = await open(t, 'opt-in');
  const identify = () => message(0, { kind: 'identify', userId: 'ada', anonymousId: 'device' });
  t.match(await send(identify()), { suppressed: 1 });
  t.strictSame(
    [...new Set((await allEvents(eventStore)).map(({ event }) => event.type))],
    ['MessagesSuppressed'],
  );
  await decide('anonymous-device', grant(1, analytics));
  t.match(await send(identify()), { accepted: 1 }, 'what was agreed to as a visitor holds for the user');
});

t.test('nothing is accepted after a withdrawal was answered, however the requests meet', async (t) => {
  const { send, decide, eventStore } = await open(t);
  let answered = false;
  const late: number[] = [];
  const sending = Array.from({ length: 40 }, async (_, lane) => {
    for (let sent = 0; sent < 25; sent++) {
      const startedAfter = answered;
      const result = await send(
        message(sent, { messageId: `${lane}-${sent}` }),
        message(sent, { userId: 'bob' }),
      );
      if (startedAfter) late.push(result.accepted);
    }
  });
  // Somewhere in the middle, by what was stored and not by the clock.
  while ((await allEvents(eventStore)).length < 400) await send(message(0, { userId: 'eve' }));
  await decide('user-ada', withdraw(1, analytics));
  answered = true;
  const storedByThen = await lengthOfJourney(eventStore);
  await Promise.all(sending);
  t.equal(await lengthOfJourney(eventStore), storedByThen, 'the journey has not grown since the answer');
  t.ok(late.length > 0, 'requests were sent after it');
  t.ok(
    late.every((accepted) => accepted === 1),
    "and only the other person's messages were taken",
  );
});

async function lengthOfJourney(eventStore: EventStore): Promise<bigint> {
  const journey = 'journey-default_user-ada';
  const { lastRevision } = await eventStore.readStream(journey, { maxCount: 1, direction: 'backwards' });
  return lastRevision ?? -1n;
}

t.test('a person decides for all identities that are linked', async (t) => {
  const { send, decide, standing } = await open(t);
  await send(message(0, { kind: 'identify', userId: 'ada', anonymousId: 'device' }));
  await decide('user-ada', withdraw(1, analytics));
  const { userId: _, ...visit } = message(1, { anonymousId: 'device' });
  t.match(await send(visit), { accepted: 0, suppressed: 1 });
  t.equal(await standing('anonymous-device'), 'ConsentWithdrawn');
  await decide('anonymous-device', grant(2, analytics));
  t.equal(await standing('user-ada'), 'ConsentGranted');
  t.match(await send(message(2)), { accepted: 1 });
});

t.test('what was withdrawn as a visitor holds from the message that tells who it is', async (t) => {
  const { send, decide, standing } = await open(t);
  await send(message(0));
  await decide('user-ada', grant(5, analytics));
  await decide('anonymous-device', withdraw(1, analytics));
  const identify = () => message(1, { kind: 'identify', userId: 'ada', anonymousId: 'device' });
  t.match(await send(identify(), message(2)), { accepted: 0, suppressed: 2 });
  t.equal(await standing('user-ada'), 'ConsentWithdrawn', 'the stricter of the two');
  await decide('user-ada', grant(6, analytics));
  t.match(await send(identify(), message(3)), { accepted: 2 }, 'and the person decides anew');
  t.equal(await standing('anonymous-device'), 'ConsentGranted');
});

t.test(
  'preferences in the context hold for the message that carries them, and are recorded once',
  async (t) => {
    const { send, eventStore } = await open(t);
    const preferring = (at: number, granted: boolean) =>
      message(at, { context: { consent: { categoryPreferences: { Analytics: granted } } } });
    const start = Date.now() - 60_000;
    const at = (seconds: number, granted: boolean) => ({
      ...preferring(0, granted),
      occurredAt: start + seconds * 1000,
    });
    t.match(await send(at(1, false)), { accepted: 0, suppressed: 1 });
    t.match(await send(at(2, false), at(3, false)), { accepted: 0, suppressed: 2 });
    t.match(await send(at(4, true)), { accepted: 1 });
    t.match(
      await send(at(2, false)),
      { accepted: 1 },
      'a straggler from before the grant takes nothing back',
    );
    const decisions = (await allEvents(eventStore)).filter(({ streamName }) =>
      streamName.startsWith('consent-'),
    );
    t.strictSame(
      decisions.map(({ event }) => event.type),
      ['ConsentWithdrawn', 'ConsentGranted'],
    );
  },
);

t.test(
  'a state that left the memory is read again, and one that cannot be read refuses nothing in silence',
  async (t) => {
    const { send, decide, eventStore } = await open(t);
    await decide('user-ada', withdraw(1, analytics));
    const crowd = Array.from({ length: 1500 }, () => message(0, { userId: randomUUID() }));
    for (let at = 0; at < crowd.length; at += 500) await send(...crowd.slice(at, at + 500));
    t.match(await send(message(1)), { accepted: 0, suppressed: 1 });
    const reading = eventStore.readStream;
    eventStore.readStream = async () => {
      throw new Error('unreachable');
    };
    await t.rejects(send(message(2, { userId: 'new' })), { message: 'unreachable' });
    eventStore.readStream = reading;
    t.match(await send(message(2, { userId: 'new' })), { accepted: 1 });
  },
);

t.test('what was withdrawn on one device holds for the others that the link leads to', async (t) => {
  const { send, decide, standing } = await open(t);
  await send(message(0, { kind: 'identify', userId: 'ada', anonymousId: 'laptop' }));
  await decide('anonymous-phone', withdraw(1, analytics));
  await send(message(1, { kind: 'identify', userId: 'ada', anonymousId: 'phone' }));
  for (const subject of ['user-ada', 'anonymous-laptop', 'anonymous-phone']) {
    t.equal(await standing(subject), 'ConsentWithdrawn', subject);
  }
});

t.test('a signal of many requests at once is recorded once', async (t) => {
  const { send, eventStore } = await open(t);
  await Promise.all(Array.from({ length: 20 }, (_, at) => send(message(at, { context: { gpc: true } }))));
  const decisions = (await allEvents(eventStore)).filter(({ streamName }) =>
    streamName.startsWith('consent-'),
  );
  t.match(decisions, [{ event: { type: 'SaleOptedOut', data: { source: 'gpc' } } }]);
  t.equal(decisions.length, 1);
});

t.test('of an erased person nothing is recorded, and no message fails', async (t) => {
  const { send, decide, standing, consents, eventStore } = await open(t);
  await decide('user-ada', withdraw(1, analytics));
  await eventStore.tombstoneStream('consent-default_user-ada', 'any');
  await consents.forget('default', 'user-ada');
  t.equal(await standing('user-ada'), undefined);
  t.match(await send(message(0, { context: { gpc: true } })), { accepted: 1 });
  await decide('user-ada', grant(2, analytics));
  t.equal(await standing('user-ada'), undefined);
});
