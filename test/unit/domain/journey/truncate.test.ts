import t from 'tap';
import type { JourneyCommand } from '../../../../src/domain/journey/commands.js';
import { decide } from '../../../../src/domain/journey/decide.js';
import type { JourneyEvent } from '../../../../src/domain/journey/events.js';
import { evolve } from '../../../../src/domain/journey/evolve.js';
import { defaultJourneySettings } from '../../../../src/domain/journey/settings.js';
import { initialState, type JourneyState } from '../../../../src/domain/journey/state.js';

const subject = 'a'.repeat(32);
const other = 'b'.repeat(32);
const kept = { kind: 'user', identity: 'sealed:v1:x', startedAt: 10 } as const;

function fold(events: readonly JourneyEvent[], occurredAt = 10): JourneyState {
  return events.reduce(
    (state, event, index) =>
      evolve(state, event, { occurredAt, messageId: `m${index}` }, defaultJourneySettings),
    initialState(subject),
  );
}

const started: JourneyEvent = { type: 'JourneyStarted', data: { kind: 'user', identity: 'sealed:v1:x' } };
const session: JourneyEvent = { type: 'SessionStarted', data: { sessionId: 's', startedAt: 10 } };
const linked: JourneyEvent = { type: 'JourneyLinked', data: { linkedSubject: other, kind: 'anonymous' } };

function truncate(changes: Partial<Extract<JourneyCommand, { type: 'TruncateJourney' }>> = {}) {
  return { type: 'TruncateJourney', kept, cutoff: 1000, now: 5000, ...changes } as const;
}

function when(command: JourneyCommand, events: readonly JourneyEvent[]) {
  return decide(command, fold(events), defaultJourneySettings);
}

t.test('what must not be forgotten is told once more, and folds to the same', async (t) => {
  const [occurrence, ...others] = when(truncate(), [started, linked, session]);
  t.strictSame(others, []);
  t.strictSame(occurrence, {
    event: {
      type: 'JourneyTruncated',
      data: { struggleCount: 0, journey: { ...kept, linkedSubjects: [other] } },
    },
    occurredAt: 5000,
  });
  const state = fold(occurrence === undefined ? [] : [occurrence.event]);
  t.match(state, { started: true, struggleCount: 0 });
  t.strictSame([...state.linkedSubjects], [other]);
});

t.test('the owner of a linked journey is told as well', async (t) => {
  const owned: JourneyEvent = { type: 'LinkedToUser', data: { userSubject: other } };
  const [occurrence] = when(truncate(), [started, owned, session]);
  t.match(occurrence, { event: { data: { linkedTo: other } } });
  t.equal(fold(occurrence === undefined ? [] : [occurrence.event]).linkedTo, other);
});

t.test('at its end a journey tells nothing of the person but how many struggles there were', async (t) => {
  const [occurrence] = when(truncate({ kept: null }), [started, linked, session]);
  t.strictSame(occurrence?.event.data, { struggleCount: 0, journey: null });
  const state = fold([started, linked, session, ...(occurrence === undefined ? [] : [occurrence.event])]);
  t.strictSame(state, initialState(subject), 'it begins anew');
});

t.test('a journey in which something was recorded meanwhile is not at its end', async (t) => {
  t.strictSame(when(truncate({ kept: null, cutoff: 10 }), [started, session]), []);
});

t.test('a journey that was never begun, or was brought to its end, has nothing to tell', async (t) => {
  t.strictSame(when(truncate(), []), []);
  const ended: JourneyEvent = { type: 'JourneyTruncated', data: { struggleCount: 3, journey: null } };
  t.strictSame(when(truncate({ kept: null }), [started, ended]), []);
});
