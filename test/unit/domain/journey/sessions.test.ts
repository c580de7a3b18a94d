import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { stateBounds } from '../../../../src/domain/journey/state.js';
import {
  journeyAfter,
  message,
  minute,
  noon,
  ofType,
  settings,
  track,
  when,
} from '../../../support/journeySpecification.js';

t.test('the first message starts the journey and a session', async (t) => {
  const events = when([], track(0, 'Lesson Opened'));
  t.strictSame(
    events.map(({ type }) => type),
    ['JourneyStarted', 'SessionStarted', 'ActionTracked'],
  );
  t.strictSame(events[0]?.data, { kind: 'user', identity: 'ada' });
});

t.test('a repeated message yields no events', async (t) => {
  const first = track(0, 'Lesson Opened');
  t.strictSame(when([first], first), []);
});

t.test('a message just within the timeout stays in the session, one beyond it ends it', async (t) => {
  const given = [track(0, 'Lesson Opened')];
  t.strictSame(
    when(given, track(30 * minute, 'Lesson Opened')).map(({ type }) => type),
    ['ActionTracked'],
  );
  const events = when(given, track(30 * minute + 1, 'Lesson Opened'));
  t.strictSame(
    events.map(({ type }) => type),
    ['SessionEnded', 'SessionStarted', 'ActionTracked'],
  );
  t.match(events[0]?.data, { startedAt: noon, endedAt: noon, eventCount: 1 });
});

t.test('a late message goes to the session it fell into', async (t) => {
  const given = [track(0, 'A Done'), track(60 * minute, 'B Done')];
  const [event] = when(given, track(10 * minute, 'C Done'));
  t.equal(event?.type, 'ActionTracked');
  const started = ofType(journeyAfter(given).events, 'SessionStarted')[0];
  t.equal(event?.type === 'ActionTracked' && event.data.sessionId, started?.data.sessionId);
});

t.test('a late message that bridges two sessions merges them', async (t) => {
  const given = [track(0, 'A Done'), track(50 * minute, 'B Done')];
  const events = when(given, track(25 * minute, 'C Done'));
  t.strictSame(
    events.map(({ type }) => type),
    ['SessionsMerged', 'ActionTracked'],
  );
  const { state } = journeyAfter([...given, track(25 * minute, 'C Done')]);
  t.match(state.sessions, [{ startedAt: noon, lastAt: noon + 50 * minute, eventCount: 3 }]);
});

t.test('idle sessions end when time has passed, once, as of their own end', async (t) => {
  const given = [track(0, 'A Done')];
  t.strictSame(when(given, { type: 'EndIdleSessions', now: noon + 30 * minute }), []);
  const idle = { type: 'EndIdleSessions', now: noon + 31 * minute } as const;
  const { occurrences } = journeyAfter([...given, idle, idle]);
  const ended = occurrences.filter(({ event }) => event.type === 'SessionEnded');
  t.equal(ended.length, 1);
  t.equal(ended[0]?.occurredAt, noon + settings.sessionTimeout);
});

t.test('a late message that prolongs an ended session makes it end again, later', async (t) => {
  const { events } = journeyAfter([
    track(0, 'A Done'),
    { type: 'EndIdleSessions', now: noon + 31 * minute },
    track(20 * minute, 'B Done'),
    { type: 'EndIdleSessions', now: noon + 90 * minute },
  ]);
  t.strictSame(
    ofType(events, 'SessionEnded').map(({ data }) => data.eventCount),
    [1, 2],
  );
});

t.test('in whatever order events arrive, sessions are their partition at gaps over the timeout', async () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(times, fc.infiniteStream(fc.nat()), (minutes, keys) => {
      const shuffled = minutes
        .map((at) => ({ at, key: keys.next().value as number }))
        .sort((a, b) => a.key - b.key);
      const { state } = journeyAfter(shuffled.map(({ at }) => track(at * minute, 'A Done')));
      const sorted = [...minutes].sort((a, b) => a - b);
      const expected: { startedAt: number; lastAt: number; eventCount: number }[] = [];
      for (const at of sorted) {
        const last = expected.at(-1);
        if (last !== undefined && at * minute - (last.lastAt - noon) <= settings.sessionTimeout) {
          last.lastAt = noon + at * minute;
          last.eventCount++;
        } else expected.push({ startedAt: noon + at * minute, lastAt: noon + at * minute, eventCount: 1 });
      }
      const actual = state.sessions.map(({ startedAt, lastAt, eventCount }) => ({
        startedAt,
        lastAt,
        eventCount,
      }));
      assert.deepEqual(actual, expected);
    }),
    { numRuns: 200 },
  );
});

t.test('the state stays within its bounds, and forgotten sessions are ended ones', async (t) => {
  const hours = Array.from({ length: 100 }, (_, i) => i);
  const forwards = journeyAfter(hours.map((hour) => track(hour * 60 * minute, 'A Done')));
  t.equal(forwards.state.sessions.length, stateBounds.sessions);
  const backwards = journeyAfter(hours.map((hour) => track(-hour * 60 * minute, 'A Done')));
  t.equal(backwards.state.sessions.length, stateBounds.sessions);
  for (const { state, events } of [forwards, backwards]) {
    const remembered = new Set(state.sessions.filter(({ ended }) => !ended).map(({ id }) => id));
    const ended = new Set(ofType(events, 'SessionEnded').map(({ data }) => data.sessionId));
    for (const { data } of ofType(events, 'SessionStarted')) {
      t.ok(
        remembered.has(data.sessionId) || ended.has(data.sessionId),
        'each session is open in memory or ended',
      );
    }
  }
});

t.test('ten thousand message ids are remembered', async (t) => {
  const first = track(0, 'A Done');
  const others = Array.from({ length: stateBounds.messageIds - 1 }, (_, i) => track(i, 'A Done'));
  t.strictSame(when([first, ...others], first), []);
  const { state } = journeyAfter([first, ...others, track(1, 'A Done')]);
  t.ok(state.messageIds.size >= stateBounds.messageIds);
  t.ok(state.messageIds.size <= 2 * stateBounds.messageIds);
});

t.test('links', async (t) => {
  const link = {
    type: 'LinkToUser',
    userSubject: 'user',
    kind: 'anonymous',
    identity: 'visitor',
    occurredAt: noon,
  } as const;

  t.test('a journey that was not known yet begins with its link', async (t) => {
    t.strictSame(
      when([], link).map(({ type }) => type),
      ['JourneyStarted', 'LinkedToUser'],
    );
  });

  t.test('the first link holds', async (t) => {
    t.strictSame(when([link], link), []);
    t.strictSame(when([link], { ...link, userSubject: 'another' }), []);
  });

  t.test('what a linked journey records says whose it is', async (t) => {
    const later = { type: 'TrackEvent', message: message(minute, { kind: 'page', name: 'Home' }) } as const;
    for (const { type, data } of when([link], later)) t.match(data, { linkedTo: 'user' }, type);
  });

  t.test('a user takes note of each linked journey once', async (t) => {
    const add = {
      type: 'AddLinkedJourney',
      linkedSubject: 'visitor',
      kind: 'anonymous',
      occurredAt: noon,
    } as const;
    t.strictSame(
      when([], add).map(({ type }) => type),
      ['JourneyLinked'],
    );
    t.strictSame(when([add], add), []);
  });
});
