import t, { type Test } from 'tap';
import type { DecisionMade, OutcomeReached } from '../../src/domain/decision/events.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import type { StrategyDefinition } from '../../src/domain/strategy/definition.js';
import type { DecisionDocument } from '../../src/projections/decisions/document.js';
import { day, minute, struggleHelp } from '../support/decisions.js';
import { openHelpSide } from '../support/helpSide.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';
import { allEvents } from '../support/writeSide.js';

async function open(t: Test) {
  const side = await openHelpSide({ folder: testFolder(t) });
  t.teardown(side.close);
  let messages = 0;
  return {
    ...side,
    async define(strategyId: string, definition: Partial<StrategyDefinition>) {
      const data = {
        strategyId,
        version: 0,
        definition: { ...struggleHelp, ...definition },
        at: 1,
        by: 'test',
      };
      await side.help.strategies.execute('default', { type: 'DefineStrategy', data }, 'test');
    },
    async track(userId: string, name: string, occurredAt = Date.now(), properties: object = {}) {
      messages += 1;
      const event = { kind: 'track', messageId: `m${messages}`, occurredAt, userId, name } as const;
      await side.send({ ...event, properties: { ...properties } });
      await side.caughtUp();
    },
    async of(type: DomainEvent['type']): Promise<object[]> {
      const events = await allEvents(side.eventStore);
      return events.flatMap(({ event }) => (event.type === type ? [event.data] : []));
    },
    async decisions(): Promise<DecisionMade['data'][]> {
      const events = await allEvents(side.eventStore);
      return events.flatMap(({ event }) => (event.type === 'DecisionMade' ? [event.data] : []));
    },
    async reached(): Promise<OutcomeReached['data'][]> {
      const events = await allEvents(side.eventStore);
      return events.flatMap(({ event }) => (event.type === 'OutcomeReached' ? [event.data] : []));
    },
  };
}

t.test('an event that a strategy waits for is decided about, once; others are not', async (t) => {
  const side = await open(t);
  await side.define('trial', { trigger: { kind: 'event', name: 'Trial Ended' }, goal: { kind: 'return' } });
  await side.track('ada', 'Trial Started');
  await side.track('ada', 'Trial Ended');
  const decisions = await side.decisions();
  t.match(decisions, [{ trigger: 'event', struggleId: null, chosen: { strategyId: 'trial' } }]);
  t.equal(decisions.length, 1);
  const cause = (await allEvents(side.eventStore)).findLast(({ event }) => event.type === 'ActionTracked');
  if (cause === undefined) throw new Error('nothing was tracked');
  await side.react(cause);
  t.equal((await side.decisions()).length, 1);
  await side.track('ada', 'Trial Ended', Date.now() - 20 * minute);
  t.equal((await side.decisions()).length, 1, 'history is no occasion');
});

t.test('an event that stays away is decided about when it is due, one that comes is not', async (t) => {
  const side = await open(t);
  const trigger = { kind: 'absence', after: 'Cart Filled', of: 'Order Placed', within: minute } as const;
  await side.define('cart', { trigger, goal: { kind: 'event', name: 'Order Placed' } });
  const ago = (minutes: number) => Date.now() - minutes * minute;
  await side.track('ada', 'Cart Filled', ago(3));
  await side.track('grace', 'Cart Filled', ago(3));
  await side.track('grace', 'Order Placed', ago(2.5));
  await side.track('edsger', 'Cart Filled', ago(3));
  await side.track('edsger', 'Order Placed', ago(1.5));
  await side.track('alan', 'Cart Filled', ago(0));
  await side.track('kurt', 'Cart Filled', ago(60));
  t.equal((await side.of('AbsenceAwaited')).length, 4, 'what is history is not waited for');
  await side.help.watch();
  await side.caughtUp();
  await side.help.watch();
  await side.caughtUp();
  t.strictSame(
    (await side.decisions()).map(({ subject, chosen }) => [subject, chosen?.strategyId]).sort(),
    [
      ['user-ada', 'cart'],
      ['user-edsger', 'cart'],
    ],
    'who ordered too late was late as well',
  );
  t.match(await side.of('AbsenceEnded'), [{ subject: 'user-grace', reason: 'event-came' }]);
});

t.test('a wait for a strategy that is no more ends without a decision', async (t) => {
  const side = await open(t);
  const trigger = { kind: 'absence', after: 'A', of: 'B', within: minute } as const;
  await side.define('gone', { trigger, goal: { kind: 'return' } });
  await side.track('ada', 'A', Date.now() - 3 * minute);
  const data = { strategyId: 'gone', version: 1, at: 2, by: 'test' };
  await side.help.strategies.execute('default', { type: 'RetireStrategy', data }, 'test');
  await side.help.watch();
  t.match(await side.of('AbsenceEnded'), [{ reason: 'strategy-changed' }]);
  t.strictSame(await side.decisions(), []);
});

t.test('who is at risk is decided about once until they are active on another day', async (t) => {
  const side = await open(t);
  await side.define('stay', { trigger: { kind: 'risk', level: 'MEDIUM' }, goal: { kind: 'return' } });
  await side.track('ada', 'Lesson Opened', Date.now());
  await side.help.watch();
  t.strictSame(await side.decisions(), [], 'nobody is at risk');
  const profiles = side.processors.liveCollection('profiles');
  const id = 'default/user-ada';
  const profile = await side.documentStore.get(profiles, id);
  if (profile === undefined) throw new Error('there is no profile');
  const atRisk = { ...profile, riskLevel: 'HIGH', riskScore: 90 };
  await side.documentStore.commit({ puts: [{ collection: profiles, document: atRisk }] });
  for (let round = 0; round < 3; round += 1) {
    await side.help.watch();
    await side.caughtUp();
  }
  const decisions = await side.decisions();
  t.match(decisions, [{ trigger: 'risk', subject: 'user-ada', chosen: { strategyId: 'stay' } }]);
  t.equal(decisions.length, 1);
  const tomorrow = { ...atRisk, lastActiveAt: Date.now() + day };
  await side.documentStore.commit({ puts: [{ collection: profiles, document: tomorrow }] });
  await side.help.watch();
  t.equal((await side.decisions()).length, 2);
});

t.test('what people reach is tied to what was decided about them, in both arms', async (t) => {
  const side = await open(t);
  await side.define('buy', {
    ...{ trigger: { kind: 'event', name: 'Trial Ended' }, goal: { kind: 'event', name: 'Paid' } },
    ...{ holdout: 0.5, goalWindow: day },
  });
  const people = Array.from({ length: 12 }, (_, n) => `p${n}`);
  for (const userId of people) await side.track(userId, 'Trial Ended');
  for (const userId of people.slice(0, 10)) await side.track(userId, 'Paid', Date.now() + 1000);
  await side.track('p0', 'Paid', Date.now() + 2000);
  await side.track('p10', 'Paid', Date.now() - minute);
  const arms = new Map((await side.decisions()).map(({ decisionId, chosen }) => [decisionId, chosen?.arm]));
  t.strictSame(new Set(arms.values()), new Set(['treated', 'holdout']));
  const reached = await side.reached();
  t.equal(reached.length, 10, 'once for each, and not for what was before');
  t.strictSame(
    new Set(reached.map(({ decisionId }) => arms.get(decisionId))),
    new Set(['treated', 'holdout']),
  );
  t.ok(reached.every(({ goal, after }) => goal === 'event' && after > 0 && after <= day));
});

t.test('a struggle that is resolved speaks for the help with it', async (t) => {
  const side = await open(t);
  const now = Date.now();
  for (const feature of ['upload', 'search']) {
    await side.track('ada', 'Task Attempted', now, { feature });
    await side.track('ada', 'Task Attempted', now + 1, { feature });
  }
  t.equal((await side.decisions()).length, 2);
  await side.track('ada', 'Task Completed', Date.now() + 5000, { feature: 'search' });
  const [, search] = await side.decisions();
  t.match(await side.reached(), [{ decisionId: search?.decisionId, goal: 'struggle-resolved' }]);
  t.equal((await side.reached()).length, 1);
});

t.test('a session that begins after the decision is a return', async (t) => {
  const side = await open(t);
  await side.define('back', { trigger: { kind: 'event', name: 'Left' }, goal: { kind: 'return' } });
  await side.track('ada', 'Left');
  await side.track('ada', 'Looked', Date.now() + minute);
  t.strictSame(await side.reached(), [], 'the session goes on');
  await side.track('ada', 'Looked', Date.now() + 2 * 60 * minute);
  t.match(await side.reached(), [{ goal: 'return' }]);
});

t.test('the read model shows what became of each decision', async (t) => {
  const side = await open(t);
  const now = Date.now();
  await side.track('ada', 'Task Attempted', now, { feature: 'upload' });
  await side.track('ada', 'Task Attempted', now + 1, { feature: 'upload' });
  const decisions = side.processors.liveCollection('decisions');
  const read = () => side.documentStore.get<DecisionDocument>(decisions, 'default/user-ada.s1');
  await until(async () => (await read())?.help === 'delivered', 'the help is shown as delivered');
  t.match(await read(), { state: 'made', channel: 'in_app', outcome: null });
  await side.track('ada', 'Task Completed', now + 5000, { feature: 'upload' });
  await until(async () => ((await read())?.outcome ?? null) !== null, 'the outcome is shown');
  t.match(await read(), { outcome: { goal: 'struggle-resolved', after: Number } });
});
