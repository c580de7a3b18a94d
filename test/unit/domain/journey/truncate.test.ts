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
  return { type: 'TruncateJourney', kept, isAll: false, cutoff: 1000, now: 5000, ...changes } as const;
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

t.test('at its end a journey tells only what an erasure must know, and begins anew', async (t) => {
  const [occurrence] = when(truncate({ isAll: true }), [started, linked, session]);
  const former = { kind: 'user', subjects: [other] };
  t.strictSame(occurrence?.event.data, { struggleCount: 0, journey: null, former });
  const state = fold([started, linked, session, ...(occurrence === undefined ? [] : [occurrence.event])]);
  t.strictSame(state, { ...initialState(subject), formerLinks: new Set([other]) });
});

t.test('a visitor at its end tells whose it was, and both of whose it was in turn', async (t) => {
  const visitor = { kind: 'anonymous', identity: 'sealed:v1:y', startedAt: 10 } as const;
  const begun: JourneyEvent = {
    type: 'JourneyStarted',
    data: { kind: 'anonymous', identity: 'sealed:v1:y' },
  };
  const ofOther: JourneyEvent = { type: 'LinkedToUser', data: { userSubject: other } };
  const end = truncate({ kept: visitor, isAll: true });
  const [first] = when(end, [begun, ofOther]);
  t.strictSame(first?.event.data, {
    struggleCount: 0,
    journey: null,
    former: { kind: 'anonymous', subjects: [other] },
  });
  const third = 'c'.repeat(32);
  const again: JourneyEvent[] = first === undefined ? [] : [first.event, begun];
  const [kept] = when(truncate({ kept: visitor }), again);
  t.match(kept?.event.data, { journey: visitor, former: { subjects: [other] } }, 'while it goes on');
  const [second] = when(end, [...again, { type: 'LinkedToUser', data: { userSubject: third } }]);
  t.match(second?.event.data, { former: { kind: 'anonymous', subjects: [other, third] } });
});

t.test('a journey without links tells nothing of the person at its end', async (t) => {
  const [occurrence] = when(truncate({ isAll: true }), [started, session]);
  t.strictSame(occurrence?.event.data, { struggleCount: 0, journey: null });
});

t.test('a journey in which something was recorded meanwhile is not at its end', async (t) => {
  t.strictSame(when(truncate({ isAll: true, cutoff: 10 }), [started, session]), []);
});

t.test('a journey that was never begun, or was brought to its end, has nothing to tell', async (t) => {
  t.strictSame(when(truncate(), []), []);
  const ended: JourneyEvent = { type: 'JourneyTruncated', data: { struggleCount: 3, journey: null } };
  t.strictSame(when(truncate({ isAll: true }), [started, ended]), []);
});
