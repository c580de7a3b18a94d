import t from 'tap';
import type { ChannelMessage } from '../../src/commands/channel.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import type { Recorded } from '../../src/domain/metadata.js';
import { openHelpSide } from '../support/helpSide.js';
import { testFolder } from '../support/testFolder.js';
import { allEvents } from '../support/writeSide.js';

type HelpSide = Awaited<ReturnType<typeof openHelpSide>>;
let messages = 0;

/** Tries of a person at a feature: the second in a row is a struggle. */
async function struggle(
  side: HelpSide,
  userId: string,
  feature: string,
  more: object = {},
): Promise<Recorded<DomainEvent>> {
  const now = Date.now();
  const tries = [1, 2].map((attempt) => ({
    kind: 'track' as const,
    messageId: `m${++messages}`,
    occurredAt: now + attempt,
    userId,
    name: 'Task Attempted',
    properties: { feature },
    ...more,
  }));
  await side.send(...tries);
  const found = (await allEvents(side.eventStore)).findLast(({ event }) => event.type === 'StruggleDetected');
  if (found === undefined) throw new Error('no struggle was detected');
  return found;
}

async function interventionEvents(side: HelpSide): Promise<Recorded<DomainEvent>[]> {
  return (await allEvents(side.eventStore)).filter(({ event }) => event.type.startsWith('Intervention'));
}

/** What was done, and why nothing was where it was not. */
async function typesIn(side: HelpSide): Promise<string[]> {
  return (await allEvents(side.eventStore)).flatMap(({ event }) => {
    if (event.type === 'DecisionMade') {
      const refused = event.data.candidates.filter(({ outcome }) => outcome === 'refused');
      return refused.flatMap(({ reasons }) => reasons.map(({ code }) => code));
    }
    return event.type.startsWith('Intervention') ? [event.type] : [];
  });
}

const delivered = ['InterventionProposed', 'InterventionDelivered'];

t.test('a struggle becomes one delivered message, with its causes on record', async (t) => {
  const side = await openHelpSide({ folder: testFolder(t), reacts: false });
  t.teardown(side.close);
  const cause = await struggle(side, 'ada', 'export_report', { context: { locale: 'de-AT' } });
  await side.react(cause);

  t.strictSame(await typesIn(side), delivered);
  const [proposed, handedOver] = await interventionEvents(side);
  t.match(proposed?.event.data, {
    interventionId: 'user-ada.s1.first-help',
    subject: 'user-ada',
    featureId: 'export_report',
    language: 'de',
    body: /bei „export report“/,
    author: { kind: 'template', name: 'repeated_attempts.gentle.simple.de', version: 1 },
  });
  t.equal(proposed?.streamName, 'intervention-default_user-ada.s1.first-help');
  t.match(proposed?.metadata, {
    correlationId: cause.metadata.correlationId,
    messageId: cause.metadata.messageId,
  });
  const decision = (await allEvents(side.eventStore)).find(({ event }) => event.type === 'DecisionMade');
  t.match(decision, {
    streamName: 'decision-default_user-ada.s1',
    id: proposed?.metadata.causationId,
    event: { data: { chosen: { strategyId: 'first-help', channels: ['in_app'], arm: 'treated' } } },
    metadata: { causationId: cause.id },
  });
  t.match(handedOver?.metadata, {
    causationId: proposed?.id,
    correlationId: cause.metadata.correlationId,
    messageId: cause.metadata.messageId,
  });
  t.match(side.sent, [{ idempotencyKey: 'user-ada.s1.first-help', subject: 'user-ada' }]);
  t.equal(side.sent.length, 1);
});

t.test('handing the reactor everything again, also after a restart, sends nothing', async (t) => {
  const folder = testFolder(t);
  const first = await openHelpSide({ folder, reacts: false });
  for (const userId of ['ada', 'grace', 'edsger']) {
    await first.react(await struggle(first, userId, 'upload'));
  }
  const before = await allEvents(first.eventStore);
  for (const recorded of before) await first.react(recorded);
  t.equal(first.sent.length, 3);
  await first.close();

  const second = await openHelpSide({ folder, reacts: false });
  t.teardown(second.close);
  for (const recorded of before) await second.react(recorded);
  t.strictSame(second.sent, []);
  t.strictSame(await allEvents(second.eventStore), before);
});

t.test(
  'after a crash between proposing and sending, the same message is sent with the same key',
  async (t) => {
    const folder = testFolder(t);
    const attempts: ChannelMessage[] = [];
    const first = await openHelpSide({
      folder,
      reacts: false,
      beforeSend(message) {
        attempts.push(message);
        throw new Error('the process is gone');
      },
    });
    const cause = await struggle(first, 'ada', 'upload');
    await t.rejects(first.react(cause), { message: 'the process is gone' });
    t.strictSame(await typesIn(first), ['InterventionProposed']);
    await first.close();

    const second = await openHelpSide({ folder, reacts: false });
    t.teardown(second.close);
    await second.react(cause);
    await second.react(cause);
    t.strictSame(second.sent, attempts);
    t.equal(attempts.length, 1);
    t.strictSame(await typesIn(second), delivered);
  },
);

t.test('help whose keys are gone is not said to be delivered', async (t) => {
  const side = await openHelpSide({ folder: testFolder(t), reacts: false, hasKeys: () => false });
  t.teardown(side.close);
  await side.react(await struggle(side, 'ada', 'upload'));
  t.strictSame(await typesIn(side), ['InterventionProposed', 'InterventionFailed']);
  t.match((await interventionEvents(side)).at(-1)?.event.data, { reason: 'erased' });
  t.strictSame(side.sent, []);
});

t.test('one reason is recorded where no help is offered', async (t) => {
  const cases = [
    { reason: 'disabled', policy: { enabled: false }, more: {} },
    { reason: 'stale', policy: {}, more: { occurredAt: Date.now() - 11 * 60_000 } },
  ];
  for (const { reason, policy, more } of cases) {
    const side = await openHelpSide({ folder: testFolder(t, { [reason]: {} }), policy, reacts: false });
    const cause = await struggle(side, 'ada', 'upload', more);
    await side.react(cause);
    await side.react(cause);
    t.strictSame(await typesIn(side), [reason]);
    t.strictSame(side.sent, []);
    await side.close();
  }
});

t.test('a struggle that is over by the time it is looked at is left alone', async (t) => {
  const side = await openHelpSide({ folder: testFolder(t), reacts: false });
  t.teardown(side.close);
  const cause = await struggle(side, 'ada', 'upload');
  await struggle(side, 'ada', 'upload', { name: 'Task Completed' });
  await side.react(cause);
  t.strictSame(await typesIn(side), ['resolved']);
});

t.test(
  'one offer for a person and feature within the cooldown, whatever the read model has seen',
  async (t) => {
    const folder = testFolder(t);
    const again = (side: HelpSide, userId: string, feature: string) =>
      struggle(side, userId, feature, { name: 'Error Shown', properties: { feature, errorCode: 'E1' } });

    const first = await openHelpSide({ folder, reacts: false });
    const one = await struggle(first, 'ada', 'upload');
    const two = await again(first, 'ada', 'upload');
    const other = await again(first, 'ada', 'search');
    t.not(one.id, two.id);
    await Promise.all([one, two, other].map((each) => first.react(each)));
    t.strictSame((await typesIn(first)).sort(), [...delivered, ...delivered, 'cooldown'].sort());
    t.equal(first.sent.length, 2);
    await first.close();

    // Nothing is remembered in memory now: the read model must have caught up before the first answer.
    const second = await openHelpSide({ folder, reacts: false });
    t.teardown(second.close);
    await second.react(
      await struggle(second, 'ada', 'upload', { name: 'Help Opened', properties: { feature: 'upload' } }),
    );
    t.strictSame(second.sent, []);
    t.equal((await typesIn(second)).at(-1), 'cooldown');
  },
);

t.test('a struggle grown high is a second occasion, for which the cooldown holds too', async (t) => {
  const side = await openHelpSide({ folder: testFolder(t), reacts: false });
  t.teardown(side.close);
  const cause = await struggle(side, 'ada', 'upload');
  for (let more = 0; more < 3; more += 1) await struggle(side, 'ada', 'upload');
  const escalations = (await allEvents(side.eventStore)).filter(
    ({ event }) => event.type === 'StruggleEscalated',
  );
  t.match(
    escalations.map(({ event }) => ('severity' in event.data ? event.data.severity : '')),
    ['medium', 'high', 'critical'],
  );
  for (const escalated of escalations) await side.react(escalated);
  await side.react(cause);
  t.strictSame(
    (await interventionEvents(side)).map(({ streamName, event }) => `${streamName} ${event.type}`),
    [
      'intervention-default_user-ada.s1.high.escalated-help InterventionProposed',
      'intervention-default_user-ada.s1.high.escalated-help InterventionDelivered',
    ],
  );
  // At medium no strategy waits for it; at critical and for the first detection it is too soon.
  t.strictSame(await typesIn(side), [...delivered, 'cooldown', 'cooldown']);
});
