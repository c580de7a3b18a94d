import t from 'tap';
import type { DomainEvent } from '../../../src/domain/domainEvent.js';
import type { InterventionProposed } from '../../../src/domain/intervention/events.js';
import type { StruggleDetected } from '../../../src/domain/journey/events.js';
import { journeyStreamName } from '../../../src/domain/journey/streamName.js';
import type { FeatureDocument } from '../../../src/projections/features/document.js';
import { featuresProjection } from '../../../src/projections/features/projection.js';
import { featureRatesOf } from '../../../src/projections/features/rates.js';
import { interventionsProjection } from '../../../src/projections/interventions/projection.js';
import { strugglesProjection } from '../../../src/projections/struggles/projection.js';
import { asProposed, decided } from '../../support/helpEvents.js';
import { documentOf, foldStrictly, recorded, subjectNumber } from '../../support/projectionFold.js';

const start = Date.parse('2026-03-02T10:00:00Z');
const subject = subjectNumber(1);
const stream = journeyStreamName('default', subject);
const evidence = { attemptCount: 2, timeSpent: 900, errorsEncountered: ['E1'], userActions: ['Tried'] };
const detected: StruggleDetected = {
  type: 'StruggleDetected',
  data: {
    struggleId: 'x',
    featureId: 'quiz',
    signalType: 'repeated_attempts',
    severity: 'low',
    evidence,
    rule: { name: 'repeated_attempts', version: 1 },
    sessionId: 's',
  },
};
const about = { struggleId: 'x', featureId: 'quiz', signalType: 'repeated_attempts' } as const;
const resolved: DomainEvent = { type: 'StruggleResolved', data: { ...about, resolutionTime: 4000 } };
const proposed: InterventionProposed = {
  type: 'InterventionProposed',
  data: {
    ...about,
    ...asProposed,
    interventionId: 'x.hint',
    subject,
    strategy: 'hint',
    severity: 'low',
    channel: 'in_app',
    language: 'en',
    title: 'T',
    body: 'B',
    author: { kind: 'template', name: 'hint', version: 1 },
    expiresAt: start + 9000,
  },
};
const declined: DomainEvent = {
  type: 'InterventionDeclined',
  data: {
    ...about,
    ...decided,
    interventionId: 'x.hint',
    subject,
    strategy: 'hint',
    severity: 'low',
    reason: 'cooldown',
  },
};

function at(time: number, event: DomainEvent, streamName = stream) {
  return recorded(event, streamName, start + time);
}

t.test('a struggle from detection over escalation and help to its resolution', async (t) => {
  const events = [
    at(0, detected),
    at(1, proposed, 'intervention-default_x.hint'),
    at(2, {
      type: 'StruggleEscalated',
      data: { ...detected.data, severity: 'high', evidence: { ...evidence, attemptCount: 6 } },
    }),
    at(3, resolved),
  ];
  const { struggles } = foldStrictly(strugglesProjection, events, 1);
  t.match(struggles, {
    'default/x': {
      tenantId: 'default',
      subject,
      featureId: 'quiz',
      detectedAt: start,
      severity: 'high',
      context: { attemptCount: 6, errorsEncountered: ['E1'] },
      interventionTriggered: true,
      interventionType: 'hint',
      resolved: true,
      resolutionTime: 4000,
    },
  });
});

t.test('help that was declined is no help', async (t) => {
  const { struggles } = foldStrictly(strugglesProjection, [at(0, detected), at(1, declined, 'intervention')]);
  t.match(struggles, {
    'default/x': { interventionTriggered: false, interventionType: null, interventionDeclined: 'cooldown' },
  });
});

t.test('what happens on a linked journey belongs to the user', async (t) => {
  const linked = { ...detected, data: { ...detected.data, linkedTo: subjectNumber(2) } };
  t.match(foldStrictly(strugglesProjection, [at(0, linked)]).struggles, {
    'default/x': { subject: subjectNumber(2) },
  });
});

t.test('an intervention and its response, with the first time of each', async (t) => {
  const person = { interventionId: 'x.hint', subject };
  const { interventions } = foldStrictly(
    interventionsProjection,
    [
      at(0, proposed),
      at(1, { type: 'InterventionDelivered', data: { ...person, channel: 'in_app' } }),
      at(2, { type: 'InterventionSeen', data: person }),
      at(3, { type: 'InterventionClicked', data: person }),
      at(4, { type: 'InterventionClicked', data: person }),
    ],
    2,
  );
  t.match(interventions, {
    'default/x.hint': {
      subject,
      status: 'clicked',
      createdAt: start,
      deliveredAt: start + 1,
      seenAt: start + 2,
      clickedAt: start + 3,
      dismissedAt: null,
      title: 'T',
      expiresAt: start + 9000,
    },
  });
  t.match(foldStrictly(interventionsProjection, [at(0, declined)]).interventions, {
    'default/x.hint': { status: 'declined', reason: 'cooldown', channel: null, title: null },
  });
});

t.test('a feature: use, outcomes, and distinct people who used it and who struggled', async (t) => {
  const kinds = ['started', 'attempted', 'failed', 'attempted', 'succeeded', 'help'] as const;
  const use = (person: number) =>
    kinds.map((kind) =>
      at(
        0,
        {
          type: 'ActionTracked',
          data: { sessionId: 's', name: 'Quiz', interaction: { kind, featureId: 'quiz' } },
        },
        journeyStreamName('default', subjectNumber(person)),
      ),
    );
  const folded = foldStrictly(
    featuresProjection,
    [...use(1), at(5, detected), at(9, resolved), ...use(2), ...use(3), ...use(4)],
    3,
  );
  const feature = documentOf<FeatureDocument>(folded, 'features', 'default/quiz');
  t.match(feature, {
    uses: 24,
    attempts: 8,
    successes: 4,
    failures: 4,
    helpRequests: 4,
    strugglesBySignal: { repeated_attempts: 1 },
    strugglesResolved: 1,
    lastUsedAt: start + 9,
  });
  t.strictSame(featureRatesOf(feature), {
    users: 4,
    strugglers: 1,
    successRate: 0.5,
    struggleRate: 0.25,
    averageResolutionTime: 4000,
  });
});
