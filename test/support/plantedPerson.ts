import { randomUUID } from 'node:crypto';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import { journeyStreamName } from '../../src/domain/journey/streamName.js';
import { encode } from '../../src/eventStore/codec.js';
import type { EventStore } from '../../src/eventStore/eventStore.js';
import { standInSealed } from './personalValues.js';

/** Records events of one journey as they stand in the store, past the door that would seal or refuse them. */
export async function plant(
  eventStore: EventStore,
  subject: string,
  events: readonly DomainEvent[],
  at: number,
): Promise<void> {
  const metadata = {
    messageId: 'm',
    correlationId: 'c',
    causationId: 'm',
    tenantId: 'default',
    schemaVersion: 1,
    occurredAt: at,
    recordedAt: at,
  };
  await eventStore.appendToStream(
    journeyStreamName('default', subject),
    events.map((event) => encode({ id: randomUUID(), event, metadata })),
    'any',
  );
}

/** A person whose every personal value is sealed, wherever clients put such values. */
export function plantedEvents(subject: string, at: number): readonly DomainEvent[] {
  const sealed = (value: string) => standInSealed(subject, value);
  const sessionId = `${subject}.1`;
  const interaction = { kind: 'failed', featureId: 'essay' } as const;
  return [
    { type: 'JourneyStarted', data: { kind: 'user', identity: sealed('planted-user-id') } },
    { type: 'SessionStarted', data: { sessionId, startedAt: at } },
    {
      type: 'TraitsIdentified',
      data: {
        sessionId,
        anonymousId: sealed('planted-visitor'),
        ip: sealed('planted-ip'),
        traits: { email: sealed('planted@example.com'), plan: 'pro', friends: [sealed('planted-friend')] },
      },
    },
    {
      type: 'PageViewed',
      data: {
        sessionId,
        name: 'Account',
        properties: { path: '/account', search: sealed('planted-search') },
        context: { page: { referrer: sealed('planted-referrer') } },
      },
    },
    {
      type: 'ActionTracked',
      data: { sessionId, name: 'Task Failed', properties: { note: sealed('planted-note') }, interaction },
    },
    {
      type: 'StruggleDetected',
      data: {
        struggleId: `${subject}.s1`,
        featureId: 'essay',
        signalType: 'repeated_attempts',
        severity: 'high',
        evidence: { attemptCount: 3, timeSpent: 1000, errorsEncountered: [], userActions: ['Task Failed'] },
        rule: { name: 'repeated_attempts', version: 1 },
        sessionId,
      },
    },
  ];
}
