import t from 'tap';
import type { BreachCommand } from '../../../../src/domain/breach/commands.js';
import { decide, timeToNotify } from '../../../../src/domain/breach/decide.js';
import type { BreachAssessment, BreachEvent, BreachRisk } from '../../../../src/domain/breach/events.js';
import { type BreachState, evolve, initialState, isOwed } from '../../../../src/domain/breach/evolve.js';

const breachId = '6f1c8f0a-0000-4000-8000-000000000001';
const done = { breachId, at: 5000, by: 'key-1' };
const awareAt = 1000;

function assessed(risk: BreachRisk | null): BreachAssessment {
  return {
    ...{ natures: [], risk, description: 'a laptop was lost', categories: null, consequences: null },
    ...{ measures: null, contact: null },
    scope: { from: null, to: null, eventTypes: [], features: [], journeys: [] },
  };
}

const record = (risk: BreachRisk | null = null): BreachCommand => ({
  type: 'RecordBreach',
  data: { ...done, awareAt, assessment: assessed(risk) },
});
const authority = (notifiedAt: number, delayReason: string | null = null): BreachCommand => ({
  type: 'RecordAuthorityNotification',
  data: { ...done, notifiedAt, reference: 'A-1', delayReason },
});
const persons: BreachCommand = {
  type: 'RecordPersonsNotification',
  data: { ...done, channel: 'email', notifiedAt: 6000, persons: 3, textHash: 'ab'.repeat(32) },
};
const close = (reason: 'notified' | 'risk-unlikely' | 'no-breach', exemption = false): BreachCommand => ({
  type: 'CloseBreach',
  data: { ...done, reason, exemption: exemption ? 'unintelligible-data' : null, note: 'why' },
});

/** The state after commands, and what follows from another. */
function given(...commands: BreachCommand[]) {
  const state = commands.reduce<BreachState>(
    (before, command) => decide(command, before).reduce(evolve, before),
    initialState,
  );
  return { state, when: (command: BreachCommand): BreachEvent[] => decide(command, state) };
}

t.test('the clock runs 72 hours from when the controller became aware', async (t) => {
  t.match(given().when(record()), [
    { type: 'BreachRecorded', data: { awareAt, dueAt: awareAt + 259_200_000 } },
  ]);
});

t.test('whatever is repeated changes nothing', async (t) => {
  const all = [record('high'), authority(2000), persons, close('notified')];
  for (const [index, command] of all.entries()) {
    t.strictSame(given(...all.slice(0, index + 1)).when(command), [], command.type);
  }
});

t.test('another breach under the same id is refused, and what was never recorded is not found', async (t) => {
  t.throws(() => given(record()).when(record('risk')), { code: 'conflict' });
  t.throws(() => given().when(authority(2000)), { code: 'not-found' });
});

t.test('after 72 hours the authority is told with the reasons for the delay', async (t) => {
  const late = awareAt + timeToNotify + 1;
  t.throws(() => given(record()).when(authority(late)), { code: 'conflict', message: /delayReason/ });
  t.match(given(record()).when(authority(late, 'the scope was not known')), [{ type: 'AuthorityNotified' }]);
  t.match(given(record()).when(authority(late - 1)), [{ type: 'AuthorityNotified' }]);
  t.match(
    given(record(), authority(2000)).when(authority(late)),
    [{ type: 'AuthorityNotified' }],
    'further phases need none',
  );
});

t.test('the authority is owed until it was told, or the risk turned out to be unlikely', async (t) => {
  const owed = (...commands: BreachCommand[]) => {
    const { state } = given(...commands);
    return state.status !== 'none' && isOwed(state);
  };
  const unlikely: BreachCommand = {
    type: 'AssessBreach',
    data: { ...done, assessment: assessed('unlikely') },
  };
  t.equal(owed(record()), true);
  t.equal(owed(record('high')), true);
  t.equal(owed(record(), authority(2000)), false);
  t.equal(owed(record(), unlikely), false);
  t.equal(owed(record(), close('no-breach')), false);
});

t.test('a breach is closed for the reason that is true', async (t) => {
  t.throws(() => given(record('risk')).when(close('notified')), { code: 'conflict' });
  t.throws(() => given(record('risk')).when(close('risk-unlikely')), { code: 'conflict' });
  t.throws(() => given(record('high'), authority(2000)).when(close('notified')), { code: 'conflict' });
  t.match(given(record('high'), authority(2000)).when(close('notified', true)), [{ type: 'BreachClosed' }]);
  t.match(given(record('high'), authority(2000), persons).when(close('notified')), [
    { type: 'BreachClosed' },
  ]);
  t.match(given(record('risk'), authority(2000)).when(close('notified')), [{ type: 'BreachClosed' }]);
  t.match(given(record('unlikely')).when(close('risk-unlikely')), [{ type: 'BreachClosed' }]);
  t.throws(() => given(record(), close('no-breach')).when(persons), { code: 'conflict' });
  t.throws(() => given(record(), close('no-breach')).when(close('notified')), { code: 'conflict' });
});
