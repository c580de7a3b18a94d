import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { JourneyCommand } from '../../../../src/domain/journey/commands.js';
import { severities } from '../../../../src/domain/journey/events.js';
import { stateBounds } from '../../../../src/domain/journey/state.js';
import {
  journeyAfter,
  message,
  minute,
  noon,
  ofType,
  second,
  track,
  when,
} from '../../../support/journeySpecification.js';

const attempt = (at: number, feature = 'quiz') => track(at, 'Problem Attempted', { feature });

function detected(commands: readonly JourneyCommand[]) {
  return ofType(journeyAfter(commands).events, 'StruggleDetected').map(({ data }) => data);
}

t.test('repeated attempts', async (t) => {
  t.test('the second try without success is a struggle, next to its cause', async (t) => {
    const events = when([attempt(0)], attempt(20 * second));
    t.strictSame(
      events.map(({ type }) => type),
      ['ActionTracked', 'StruggleDetected'],
    );
    t.match(events[1]?.data, {
      featureId: 'quiz',
      signalType: 'repeated_attempts',
      severity: 'low',
      rule: { name: 'repeated_attempts', version: 1 },
      evidence: {
        attemptCount: 2,
        timeSpent: 20 * second,
        userActions: ['Problem Attempted', 'Problem Attempted'],
      },
    });
  });

  t.test('grows worse with further tries, as the same struggle', async (t) => {
    const { events } = journeyAfter(Array.from({ length: 8 }, (_, i) => attempt(i * second)));
    t.equal(ofType(events, 'StruggleDetected').length, 1);
    t.strictSame(
      ofType(events, 'StruggleEscalated').map(({ data }) => data.severity),
      ['medium', 'high', 'critical'],
    );
  });

  t.test('the client may have counted itself', async (t) => {
    const [struggle] = detected([track(0, 'Form Submitted', { feature: 'checkout', attemptCount: 5 })]);
    t.match(struggle, { signalType: 'repeated_attempts', severity: 'high', evidence: { attemptCount: 5 } });
  });

  t.test('a try and its own failure are one try', async (t) => {
    t.strictSame(detected([attempt(0), track(second, 'Problem Failed', { feature: 'quiz' })]), []);
  });

  t.test('tries far apart, on other features, or after success are no series', async (t) => {
    t.strictSame(detected([attempt(0), attempt(31 * minute)]), []);
    t.strictSame(detected([attempt(0), attempt(second, 'exam')]), []);
    t.strictSame(
      detected([attempt(0), track(second, 'Problem Solved', { feature: 'quiz' }), attempt(minute)]),
      [],
    );
  });

  t.test('success resolves it and says how long it took', async (t) => {
    const given = [attempt(0), attempt(minute)];
    const events = when(given, track(5 * minute, 'Problem Solved', { feature: 'quiz' }));
    t.match(ofType(events, 'StruggleResolved'), [
      { data: { featureId: 'quiz', resolutionTime: 4 * minute } },
    ]);
  });
});

t.test('error pattern: the same error twice, or three of any kind within ten minutes', async (t) => {
  const error = (at: number, errorCode: string) => track(at, 'Error Shown', { feature: 'upload', errorCode });
  t.match(detected([error(0, 'E1'), error(second, 'E1')]), [
    { signalType: 'error_pattern', severity: 'low' },
  ]);
  t.strictSame(detected([error(0, 'E1'), error(second, 'E2')]), []);
  t.match(detected([error(0, 'E1'), error(1, 'E2'), error(2, 'E3')]), [
    { severity: 'medium', evidence: { errorsEncountered: ['E1', 'E2', 'E3'] } },
  ]);
  t.strictSame(detected([error(0, 'E1'), error(11 * minute, 'E1'), error(22 * minute, 'E2')]), []);
});

t.test('abandonment', async (t) => {
  t.test('said outright, worse after failures', async (t) => {
    const abandoned = track(minute, 'Checkout Abandoned', { feature: 'checkout' });
    t.match(detected([abandoned]), [{ signalType: 'abandonment', severity: 'low' }]);
    const failed = track(0, 'Payment Failed', { feature: 'checkout', errorCode: 'card' });
    t.match(detected([failed, abandoned]), [{ signalType: 'abandonment', severity: 'medium' }]);
  });

  t.test('started, and the session ended without completion', async (t) => {
    const started = track(0, 'Form Started', { formId: 'application' });
    const idle = { type: 'EndIdleSessions', now: noon + 40 * minute } as const;
    t.match(detected([started, idle]), [{ featureId: 'application', signalType: 'abandonment' }]);
    const completed = track(minute, 'Form Completed', { formId: 'application' });
    t.strictSame(detected([started, completed, idle]), []);
  });

  t.test('several features abandoned at once are several struggles', async (t) => {
    const struggles = detected([
      track(0, 'Form Started', { formId: 'a' }),
      track(1, 'Form Started', { formId: 'b' }),
      track(60 * minute, 'Checkout Abandoned', { feature: 'c' }),
    ]);
    t.equal(new Set(struggles.map(({ struggleId }) => struggleId)).size, 3);
  });
});

t.test('help seeking: twice in ten minutes, or once right after a failure', async (t) => {
  const help = (at: number) => track(at, 'Help Opened', { feature: 'quiz' });
  t.strictSame(detected([help(0)]), []);
  t.match(detected([help(0), help(minute)]), [{ signalType: 'help_seeking', severity: 'low' }]);
  t.match(detected([track(0, 'Problem Failed', { feature: 'quiz' }), help(minute)]), [
    { signalType: 'help_seeking', severity: 'low' },
  ]);
  t.strictSame(detected([help(0), help(11 * minute)]), []);
  const page = { type: 'TrackEvent', message: message(0, { kind: 'page', name: 'Help Centre' }) } as const;
  const again = { type: 'TrackEvent', message: message(minute, { kind: 'page', name: 'FAQ' }) } as const;
  t.match(detected([page, again]), [{ signalType: 'help_seeking', featureId: 'unknown' }]);
});

t.test('rage clicks: three quick clicks on one spot', async (t) => {
  const click = (at: number, x: number) => track(at, 'Button Clicked', { feature: 'save', x, y: 10 });
  t.match(detected([click(0, 100), click(300, 101), click(600, 100)]), [
    { signalType: 'rage_clicks', severity: 'low' },
  ]);
  t.strictSame(detected([click(0, 100), click(300, 400), click(600, 100)]), []);
  t.strictSame(detected([click(0, 100), click(1500, 100), click(3000, 100)]), []);
});

t.test('a struggle the client itself reports', async (t) => {
  const reported = track(0, 'Struggle Signal', {
    featureId: 'export',
    signalType: 'error_pattern',
    attemptCount: 3,
  });
  t.match(detected([reported]), [{ featureId: 'export', signalType: 'error_pattern', severity: 'medium' }]);
});

t.test('after a day of silence the next sign is a new struggle', async (t) => {
  const day = 24 * 60 * minute;
  const struggles = detected([attempt(0), attempt(second), attempt(2 * day), attempt(2 * day + second)]);
  t.equal(struggles.length, 2);
});

t.test('whatever happens: ids are unique, severity only rises, and the state is bounded', async () => {
  const names = [
    'Problem Attempted',
    'Problem Failed',
    'Problem Solved',
    'Error Shown',
    'Help Opened',
    'Form Started',
  ];
  const action = fc.record({
    gap: fc.integer({ min: -5, max: 50 }),
    name: fc.constantFrom(...names, 'Button Clicked', 'Form Abandoned'),
    feature: fc.integer({ min: 0, max: 70 }),
    errorCode: fc.constantFrom('E1', 'E2'),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 150 }), (actions) => {
      let at = 0;
      const commands = actions.map(({ gap, name, feature, errorCode }) => {
        at += gap * minute;
        return track(at, name, { feature: `f${feature}`, errorCode });
      });
      const { events, state } = journeyAfter(commands);
      const ids = ofType(events, 'StruggleDetected').map(({ data }) => data.struggleId);
      assert.equal(new Set(ids).size, ids.length);
      const severity = new Map<string, number>();
      for (const event of events) {
        if (event.type !== 'StruggleDetected' && event.type !== 'StruggleEscalated') continue;
        const rank = severities.indexOf(event.data.severity);
        const before = severity.get(event.data.struggleId) ?? -1;
        assert.ok(rank > before);
        severity.set(event.data.struggleId, rank);
      }
      assert.ok(state.features.size <= stateBounds.features);
      assert.ok(state.openStruggles.size <= stateBounds.openStruggles);
      for (const command of commands)
        assert.deepEqual(when(commands, command), [], 'a repeated command changes nothing');
    }),
    { numRuns: 30 },
  );
});

t.test('what says nothing of a struggle', async (t) => {
  t.strictSame(
    detected([track(0, 'Problem Attempted'), track(second, 'Problem Attempted')]),
    [],
    'tries of nothing known',
  );
  const videos = [track(0, 'Video Playback Started', { asset_id: 'v' }), track(second, 'App Started')];
  t.strictSame(
    detected([...videos, { type: 'EndIdleSessions', now: noon + 40 * minute }]),
    [],
    'a video, an app',
  );
});

t.test('a long name is cut between characters', async (t) => {
  const feature = `${'x'.repeat(199)}😀`;
  t.match(detected([attempt(0, feature), attempt(1, feature)]), [{ featureId: 'x'.repeat(199) }]);
});

t.test('what is completed after a long pause was not abandoned', async (t) => {
  const given = [track(0, 'Form Started', { formId: 'application' })];
  const events = when(given, track(60 * minute, 'Form Completed', { formId: 'application' }));
  t.strictSame(ofType(events, 'StruggleDetected'), []);
});

t.test(
  'a struggle that goes on for days stays one, and a success from before it resolves nothing',
  async (t) => {
    const day = 24 * 60 * minute;
    const tries = Array.from({ length: 150 }, (_, i) => attempt(i * 20 * minute));
    t.equal(detected(tries).length, 1);
    const given = [attempt(day), attempt(day + second)];
    t.strictSame(
      ofType(when(given, track(0, 'Problem Solved', { feature: 'quiz' })), 'StruggleResolved'),
      [],
    );
  },
);
