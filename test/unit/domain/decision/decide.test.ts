import t from 'tap';
import type { DecisionCommand } from '../../../../src/domain/decision/commands.js';
import { decide } from '../../../../src/domain/decision/decide.js';
import type { DecisionEvent } from '../../../../src/domain/decision/events.js';
import { evolve, initialState } from '../../../../src/domain/decision/evolve.js';
import { weigh } from '../../../../src/domain/decision/weigh.js';
import { day, ground, noon, strategy } from '../../../support/decisions.js';

function given(...events: DecisionEvent[]) {
  const state = events.reduce(evolve, initialState);
  return {
    when(command: DecisionCommand) {
      const following = decide(command, state);
      // What is repeated changes nothing.
      t.strictSame(decide(command, following.reduce(evolve, state)), []);
      return following;
    },
  };
}

const decideHelp: DecisionCommand = {
  type: 'DecideHelp',
  data: { decisionId: 'ada.s1', policyVersion: 3, ground: ground() },
};
const { subject, cause } = ground();
const made: DecisionEvent = {
  type: 'DecisionMade',
  data: { decisionId: 'ada.s1', subject, ...cause, ...weigh(ground()), policyVersion: 3 },
};
const awaited = {
  ...{ decisionId: 'absence-e1.a', subject, strategyId: 'a', strategyVersion: 1 },
  ...{ of: 'Paid', since: noon, dueAt: noon + day },
};

function reach(after: number, goal = ground().strategies[0]?.definition.goal): DecisionCommand {
  if (goal === undefined) throw new Error('there is no goal');
  return { type: 'ReachOutcome', data: { goal, eventId: 'e9', after } };
}

t.test('a cause is decided about once, whatever has changed since', async (t) => {
  t.strictSame(given().when(decideHelp), [made]);
  t.strictSame(given(made).when(decideHelp), []);
  t.strictSame(
    given(made).when({ ...decideHelp, data: { ...decideHelp.data, ground: ground({ strategies: [] }) } }),
    [],
  );
});

t.test('a decision against help is one as well', async (t) => {
  const data = { decisionId: 'ada.s1', policyVersion: 0, ground: ground({ causedAt: noon - day }) };
  t.match(given().when({ type: 'DecideHelp', data }), [
    { type: 'DecisionMade', data: { chosen: null, candidates: [{ outcome: 'refused' }] } },
  ]);
});

t.test('an absence is awaited, and ends in a decision or without one', async (t) => {
  const waiting: DecisionEvent = { type: 'AbsenceAwaited', data: awaited };
  const end: DecisionCommand = { type: 'EndAbsence', data: { reason: 'event-came' } };
  const ended: DecisionEvent = {
    type: 'AbsenceEnded',
    data: { decisionId: 'absence-e1.a', subject, reason: 'event-came' },
  };
  t.strictSame(given().when({ type: 'AwaitAbsence', data: awaited }), [waiting]);
  t.strictSame(given(waiting).when(end), [ended]);
  t.strictSame(given(waiting).when(decideHelp), [made]);
  t.strictSame(given(waiting, ended).when(decideHelp), []);
  t.strictSame(given(waiting, made).when(end), []);
  t.strictSame(given().when(end), []);
});

t.test('the goal is reached once, within its window, in either arm', async (t) => {
  const reached: DecisionEvent = {
    type: 'OutcomeReached',
    data: { decisionId: 'ada.s1', subject, goal: 'struggle-resolved', eventId: 'e9', after: 5000 },
  };
  t.strictSame(given(made).when(reach(5000)), [reached]);
  t.strictSame(given(made, reached).when(reach(6000)), []);
  t.equal(given(made).when(reach(day)).length, 1);
  t.strictSame(given(made).when(reach(day + 1)), [], 'too late');
  t.strictSame(given(made).when(reach(-1)), [], 'before it was decided');
  const held = weigh(ground({ strategies: [strategy('a', { holdout: 0.5 })], subject: '1'.repeat(32) }));
  for (const arm of ['treated', 'holdout'] as const) {
    const chosen = held.chosen && { ...held.chosen, arm };
    const event: DecisionEvent = { type: 'DecisionMade', data: { ...made.data, ...held, chosen } };
    t.equal(given(event).when(reach(1)).length, 1, arm);
  }
});

t.test('another goal, or one of a decision against help, is none', async (t) => {
  t.strictSame(given(made).when(reach(1, { kind: 'return' })), []);
  t.strictSame(given(made).when(reach(1, { kind: 'event', name: 'Paid' })), []);
  const ofEvent = weigh(ground({ strategies: [strategy('a', { goal: { kind: 'event', name: 'Paid' } })] }));
  const event: DecisionEvent = { type: 'DecisionMade', data: { ...made.data, ...ofEvent } };
  t.equal(given(event).when(reach(1, { kind: 'event', name: 'Paid' })).length, 1);
  t.strictSame(given(event).when(reach(1, { kind: 'event', name: 'Refunded' })), []);
  const against: DecisionEvent = { type: 'DecisionMade', data: { ...made.data, chosen: null } };
  t.strictSame(given(against).when(reach(1)), []);
  t.strictSame(given().when(reach(1)), []);
});
