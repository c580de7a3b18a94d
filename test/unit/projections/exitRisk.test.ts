import t from 'tap';
import type { JourneyEvent } from '../../../src/domain/journey/events.js';
import { assessRisk } from '../../../src/projections/profiles/riskScore.js';
import { act, asOf, day, on, profileOf, start, userJourney } from '../../support/profileEvents.js';

t.test('silence: the score rises by the day, saturates after 28 and asks for no more', async (t) => {
  const events = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) =>
    Array.from({ length: 20 }, () =>
      act({ interaction: { kind: 'used', featureId: `f${n}` } }, start + n * day),
    ),
  );
  const last = start + 8 * day;
  const scores = [0, 2, 5, 10, 14, 28].map((days) => asOf(events, last + days * day).riskScore);
  t.strictSame(
    [...scores].sort((a, b) => a - b),
    scores,
  );
  t.equal(asOf(events, last).riskLevel, 'LOW');
  t.equal(asOf(events, last).userSegment, 'active_user');
  t.equal(asOf(events, last + 14 * day).userSegment, 'at_risk');
  const gone = asOf(events, last + 28 * day);
  t.match(gone, { userSegment: 'churned', lifecycleStage: 'dormant', riskLevel: 'HIGH' });
  t.notOk('nextAssessmentAt' in gone);
  t.strictSame(asOf(events, last + 400 * day), gone, 'a year later nothing has changed');
  const back = asOf([...events, act({}, last + 60 * day)], last + 60 * day);
  t.ok(back.riskScore < gone.riskScore);
  t.equal(back.nextAssessmentAt, Math.floor(last / day + 61) * day, 'due at the next midnight again');
});

t.test('the clock counts midnights, not moments', async (t) => {
  const events = [act({})];
  t.strictSame(asOf(events, start + 13 * 3_600_000), asOf(events, start), 'the same day');
  t.strictSame(
    asOf(events, Date.parse('2026-03-05T00:00:00Z')),
    asOf(events, Date.parse('2026-03-05T23:59:59Z')),
  );
});

t.test('contributors explain the score', async (t) => {
  const severe: JourneyEvent = {
    type: 'StruggleDetected',
    data: {
      struggleId: 'x',
      featureId: 'quiz',
      signalType: 'error_pattern',
      severity: 'critical',
      evidence: { attemptCount: 3, timeSpent: 1, errorsEncountered: [], userActions: [] },
      rule: { name: 'error_pattern', version: 1 },
      sessionId: 's',
    },
  };
  const calm = profileOf([act({})]);
  const struggling = profileOf([act({}), on(userJourney, severe)]);
  const { contributors, score, recommendedActions } = assessRisk(struggling, start);
  const sum = contributors.reduce((total, { contribution }) => total + contribution, 0);
  t.ok(Math.abs(sum - score) < 0.5, 'points add up to the score but for rounding');
  t.match(
    contributors.find(({ feature }) => feature === 'openStruggles'),
    { value: 0.5, contribution: 15 },
  );
  t.ok(recommendedActions.includes('offer-help-with-struggle'));
  t.equal(Math.round((struggling.riskScore - calm.riskScore) * 10), 150);
  const resolved = profileOf([
    act({}),
    on(userJourney, severe),
    on(userJourney, {
      type: 'StruggleResolved',
      data: { struggleId: 'x', featureId: 'quiz', signalType: 'error_pattern', resolutionTime: 5 },
    }),
  ]);
  t.equal(resolved.riskScore, calm.riskScore);
});
