import t, { type Test } from 'tap';
import type { ConsentCommand } from '../../src/domain/consent/commands.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import { interventionIdFor } from '../../src/domain/intervention/streamName.js';
import type { Recorded } from '../../src/domain/metadata.js';
import { decisionAt, grant, withdraw } from '../support/consentDecisions.js';
import { openHelpSide } from '../support/helpSide.js';
import { testFolder } from '../support/testFolder.js';
import { allEvents } from '../support/writeSide.js';

const cause = { correlationId: 'test', recordedAt: 1 };
const inApp = { purpose: 'in_app' } as const;
const personalisation = { purpose: 'personalisation' } as const;
const firstHelp = interventionIdFor('user-ada.s1', 'first-help');

async function open(t: Test, folder: string, beforeSend: () => void = () => undefined) {
  const side = await openHelpSide({ folder, reacts: false, beforeSend });
  let closed = false;
  const close = async () => {
    if (!closed) await side.close();
    closed = true;
  };
  t.teardown(close);
  return {
    ...side,
    close,
    decide: (...commands: ConsentCommand[]) => side.consents.execute('default', 'user-ada', commands, cause),
    /** Two tries in a row are a struggle. */
    async struggle(): Promise<Recorded<DomainEvent>> {
      const now = Date.now();
      for (const attempt of [1, 2]) {
        const about = { userId: 'ada', name: 'Task Attempted', properties: { feature: 'upload' } };
        await side.send({ kind: 'track', messageId: `m${attempt}`, occurredAt: now + attempt, ...about });
      }
      const found = (await allEvents(side.eventStore)).find(({ event }) => event.type === 'StruggleDetected');
      if (found === undefined) throw new Error('no struggle was detected');
      return found;
    },
    async interventionEvents() {
      const events = (await allEvents(side.eventStore)).map(({ event }) => event);
      return events.filter(({ type }) => type.startsWith('Intervention'));
    },
    async idOf(type: DomainEvent['type']) {
      return (await allEvents(side.eventStore)).find(({ event }) => event.type === type)?.id;
    },
  };
}

t.test('without consent nothing is proposed or sent, and the decision names the consent event', async (t) => {
  const refusing: [string, ConsentCommand, DomainEvent['type'], string][] = [
    ['purpose', withdraw(1, personalisation), 'ConsentWithdrawn', 'withdrawn'],
    ['channel', withdraw(1, inApp), 'ConsentWithdrawn', 'withdrawn'],
    ['both', withdraw(1, { ...personalisation, channel: 'in_app' }), 'ConsentWithdrawn', 'withdrawn'],
    ['restricted', { type: 'RestrictProcessing', data: decisionAt(1) }, 'ProcessingRestricted', 'restricted'],
  ];
  const folder = testFolder(t, Object.fromEntries(refusing.map(([name]) => [name, {}])));
  for (const [name, command, type, reason] of refusing) {
    const side = await open(t, `${folder}/${name}`);
    const struggle = await side.struggle();
    await side.decide(command);
    await side.react(struggle);
    await side.react(struggle);
    const facts = { reason, consentEventId: await side.idOf(type) };
    const channels = [{ channel: 'in_app', allowed: false, reasons: [{ code: 'no-consent', facts }] }];
    const decisions = (await allEvents(side.eventStore)).filter(
      ({ event: made }) => made.type === 'DecisionMade',
    );
    t.match(decisions, [{ event: { data: { chosen: null, candidates: [{ channels }] } } }], name);
    t.equal(decisions.length, 1);
    t.strictSame(await side.interventionEvents(), []);
    t.strictSame(side.sent, []);
    await side.close();
  }
});

t.test('an offer names the consent that allowed it', async (t) => {
  const side = await open(t, testFolder(t));
  await side.decide(grant(1, personalisation));
  await side.react(await side.struggle());
  const consentEventId = await side.idOf('ConsentGranted');
  t.match(await side.interventionEvents(), [
    { type: 'InterventionProposed', data: { consentEventId } },
    { type: 'InterventionDelivered' },
  ]);
  t.equal(side.sent.length, 1);
});

t.test('a withdrawal stops what was proposed and not delivered', async (t) => {
  const folder = testFolder(t);
  const first = await open(t, folder, () => {
    throw new Error('the process is gone');
  });
  const struggle = await first.struggle();
  await t.rejects(first.react(struggle), { message: 'the process is gone' });
  await first.decide(withdraw(1, inApp));
  await first.close();

  const second = await open(t, folder);
  await second.react(struggle);
  await second.react(struggle);
  t.strictSame(second.sent, []);
  t.strictSame(
    (await second.interventionEvents()).map(({ type }) => type),
    ['InterventionProposed', 'InterventionDeclined'],
  );
  await second.caughtUp();
  const document = await second.documentStore.get(
    second.processors.liveCollection('interventions'),
    `default/${firstHelp}`,
  );
  t.match(document, { status: 'declined', reason: 'no-consent', title: String });
});

t.test('what waits in the inbox of someone who withdrew is not handed out any more', async (t) => {
  const side = await open(t, testFolder(t));
  await side.react(await side.struggle());
  await side.caughtUp();
  const waiting = async () => [
    (await side.inbox.unacknowledged('default', ['user-ada'])).messages.length,
    (await side.inbox.message('default', firstHelp))?.id,
  ];
  t.strictSame(await waiting(), [1, firstHelp]);
  await side.decide(withdraw(1, inApp));
  t.strictSame(await waiting(), [0, undefined]);
  await side.decide(grant(2, inApp));
  t.strictSame(await waiting(), [1, firstHelp]);
});
