import t from 'tap';
import type { UserEventData } from '../../../src/domain/journey/events.js';
import { profileBounds } from '../../../src/projections/profiles/document.js';
import { profilesProjection } from '../../../src/projections/profiles/projection.js';
import { riskFeatureNames } from '../../../src/projections/profiles/riskScore.js';
import { profileViewOf } from '../../../src/projections/profiles/view.js';
import { asProposed } from '../../support/helpEvents.js';
import {
  act,
  day,
  on,
  profileOf,
  start,
  started,
  user,
  userJourney,
  visitor,
  visitorJourney,
} from '../../support/profileEvents.js';
import { foldStrictly, withoutListOrder } from '../../support/projectionFold.js';

t.test('a first day', async (t) => {
  const view = profileViewOf(
    profileOf([
      on(userJourney, started),
      on(userJourney, { type: 'SessionStarted', data: { sessionId: 's', startedAt: start } }),
      act({ interaction: { kind: 'attempted', featureId: 'quiz' }, category: 'maths' }),
      act({ interaction: { kind: 'succeeded', featureId: 'quiz' }, category: 'maths' }, start + 60_000),
      act({ interaction: { kind: 'help' }, category: 'arts' }, start + 90_000),
      on(userJourney, {
        type: 'SessionEnded',
        data: { sessionId: 's', startedAt: start, endedAt: start + 90_000, eventCount: 3 },
      }),
    ]),
  );
  t.match(view, {
    userId: 'anna',
    anonymousId: null,
    createdAt: start,
    lastActiveAt: start + 90_000,
    userSegment: 'new_user',
    lifecycleStage: 'onboarding',
    preferences: { contentCategories: ['maths', 'arts'], preferredInteractionStyle: null },
    behaviorMetrics: {
      totalSessions: 1,
      avgSessionDuration: 90_000,
      featureAdoptionRate: 0,
      featuresUsed: ['quiz'],
      tasksCompleted: 1,
      supportInteractionCount: 1,
    },
    riskFactors: { exitRiskLevel: 'LOW', lastRiskAssessment: start + 90_000 },
  });
  t.equal(view.riskFactors.riskContributors.length, riskFeatureNames.length);
});

t.test('a late event counts on its own day and takes nothing back', async (t) => {
  const inOrder = [act({ traits: { plan: 'free' } }), act({ traits: { plan: 'paid' } }, start + 3 * day)];
  t.strictSame(
    withoutListOrder(profileOf([...inOrder].reverse())),
    withoutListOrder(profileOf(inOrder)),
    'the same document in either order',
  );
  t.strictSame(profileViewOf(profileOf([...inOrder].reverse())).traits, [{ name: 'plan', value: 'paid' }]);
});

t.test('sessions: a merged one counts once, a prolonged one with its last end', async (t) => {
  const session = (sessionId: string, startedAt: number, endedAt: number) => [
    on(userJourney, { type: 'SessionStarted', data: { sessionId, startedAt } }),
    on(userJourney, { type: 'SessionEnded', data: { sessionId, startedAt, endedAt, eventCount: 2 } }),
  ];
  const merged = [
    ...session('a', start, start + 1000),
    ...session('b', start + 5000, start + 7000),
    on(userJourney, { type: 'SessionsMerged', data: { sessionId: 'a', mergedSessionId: 'b' } }),
  ];
  t.match(profileViewOf(profileOf(merged)).behaviorMetrics, { totalSessions: 1, avgSessionDuration: 7000 });
  const prolonged = on(userJourney, {
    type: 'SessionEnded',
    data: { sessionId: 'a', startedAt: start, endedAt: start + 9000, eventCount: 5 },
  });
  t.match(profileViewOf(profileOf([...merged, prolonged])).behaviorMetrics, {
    totalSessions: 1,
    avgSessionDuration: 9000,
  });
});

t.test('a linked journey becomes part of the person and leaves a pointer', async (t) => {
  const events = [
    on(visitorJourney, { type: 'JourneyStarted', data: { kind: 'anonymous', identity: 'cookie' } }),
    act({ interaction: { kind: 'succeeded', featureId: 'quiz' } }, start, visitorJourney),
    on(userJourney, started, start + day),
    act({ interaction: { kind: 'succeeded', featureId: 'quiz' } }, start + day),
    on(visitorJourney, { type: 'LinkedToUser', data: { userSubject: user } }, start + day),
    act(
      { interaction: { kind: 'succeeded', featureId: 'essay' }, linkedTo: user },
      start + 2 * day,
      visitorJourney,
    ),
  ];
  const { profiles } = foldStrictly(profilesProjection, events, 2);
  t.strictSame(profiles?.[`default/${visitor}`], {
    id: `default/${visitor}`,
    tenantId: 'default',
    subject: visitor,
    linkedTo: user,
  });
  const profile = profileOf(events);
  t.strictSame(profile.linkedSubjects, [visitor]);
  t.match(profileViewOf(profile), {
    userId: 'anna',
    anonymousId: 'cookie',
    createdAt: start,
    lastActiveAt: start + 2 * day,
    behaviorMetrics: { tasksCompleted: 3, featuresUsed: ['essay', 'quiz'], featureAdoptionRate: 0.5 },
  });
});

t.test('help that was made, and how it was taken', async (t) => {
  const about = { interventionId: 'x.help', subject: user };
  const stream = 'intervention-default_x.help';
  const profile = profileOf([
    act({}),
    on(stream, {
      type: 'InterventionProposed',
      data: {
        ...about,
        ...asProposed,
        strategy: 'help',
        struggleId: 'x',
        featureId: 'quiz',
        signalType: 'help_seeking',
        severity: 'low',
        channel: 'in_app',
        language: 'en',
        title: 'T',
        body: 'B',
        author: { kind: 'template', name: 't', version: 1 },
        expiresAt: start + day,
      },
    }),
    on(stream, { type: 'InterventionDelivered', data: { ...about, channel: 'in_app' } }, start + 1),
    on(stream, { type: 'InterventionClicked', data: about }, start + 2),
  ]);
  const view = profileViewOf(profile);
  t.strictSame(view.interventionHistory, [
    { id: 'x.help', strategy: 'help', channel: 'in_app', status: 'clicked', at: start + 2 },
  ]);
  t.strictSame(view.preferences.communicationChannels, ['in_app']);
});

t.test('age is shown as a group, from the birthday before the age', async (t) => {
  const groupOf = (traits: UserEventData['traits']) =>
    profileViewOf(profileOf([act({ ...(traits && { traits }) })])).demographics.ageGroup;
  t.equal(groupOf({ birthday: '2008-03-02' }), '18_24', 'eighteen today');
  t.equal(groupOf({ birthday: '2008-03-03' }), 'under_18', 'eighteen tomorrow');
  t.equal(groupOf({ age: 70, birthday: 'soon' }), '65_plus');
  t.equal(groupOf({ age: '34' }), '25_34');
  t.equal(groupOf({ age: -1 }), null);
  t.equal(groupOf(undefined), null);
});

t.test('every list stays within its bound', async (t) => {
  const events = Array.from({ length: 400 }, (_, n) => [
    on(userJourney, { type: 'SessionStarted', data: { sessionId: `s${n}`, startedAt: start + n * day } }),
    act(
      {
        interaction: { kind: 'used', featureId: `feature-${n}` },
        category: `category-${n}`,
        traits: { [`trait-${n}`]: 'x'.repeat(n * 4), __proto__: 'x' },
      },
      start + n * day,
    ),
    on(userJourney, {
      type: 'SessionEnded',
      data: { sessionId: `s${n}`, startedAt: start + n * day, endedAt: start + n * day + 10, eventCount: 1 },
    }),
  ]).flat();
  const profile = profileOf(events);
  t.equal(profile.days.length, profileBounds.days);
  t.equal(profile.features.length, profileBounds.features);
  t.ok(profile.features.some(({ featureId }) => featureId === 'feature-399'));
  t.notOk(profile.features.some(({ featureId }) => featureId === 'feature-0'));
  t.equal(profile.categories.length, profileBounds.categories);
  t.equal(profile.traits.length, profileBounds.traits);
  t.equal(profile.sessions.length, profileBounds.sessions);
  t.match(profileViewOf(profile).behaviorMetrics, { totalSessions: 400, avgSessionDuration: 10 });
  t.ok(JSON.stringify(profile).length < 100_000);
});
