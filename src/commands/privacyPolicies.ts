import type { ConsentPolicy } from '../domain/consent/policy.js';
import { CodedError } from '../domain/errors.js';
import type { EventMetadata, Position } from '../domain/metadata.js';
import { compileFieldPolicy, type FieldRules } from '../domain/privacy/fieldRules.js';
import type { ChangePrivacyPolicies } from '../domain/privacyPolicy/commands.js';
import { decide } from '../domain/privacyPolicy/decide.js';
import { evolve, initialState, type PrivacyPolicyState } from '../domain/privacyPolicy/evolve.js';
import { privacyPolicyStreamName } from '../domain/privacyPolicy/streamName.js';
import { decode, encode } from '../eventStore/codec.js';
import { type EventStore, WrongExpectedRevision } from '../eventStore/eventStore.js';
import { atATime } from './atATime.js';

/** A tenant's policies made ready for the hot path. */
export interface PoliciesInForce {
  readonly state: PrivacyPolicyState;
  readonly fieldRules: FieldRules;
  readonly consent: ConsentPolicy;
}

export interface PrivacyPolicies {
  /** From memory, without a wait. */
  of(tenantId: string): PoliciesInForce;
  /** Tenants that have decided anything; the others have the default policies. */
  tenants(): string[];
  /**
   * Resolves when the change is durable and in force: every message decided on from then on is under it.
   * @throws CodedError of the decider; what the event store throws
   */
  change(
    tenantId: string,
    change: ChangePrivacyPolicies['data'],
    correlationId: string,
  ): Promise<{ readonly state: PrivacyPolicyState; readonly position: Position | undefined }>;
}

const eventsAtATime = 100;
/** Changes by other processes that may come between: each is a conflict on the one stream. */
const maxAttempts = 8;

/** Reads all policies. @throws EventStoreUnavailable */
export async function openPrivacyPolicies(
  eventStore: Pick<EventStore, 'readStream' | 'appendToStream'>,
  newId: () => string,
): Promise<PrivacyPolicies> {
  const byTenant = new Map<string, PoliciesInForce>();
  const undecided = inForce(initialState);
  let revision = -1n;

  async function readOn(): Promise<Position | undefined> {
    let position: Position | undefined;
    const changed = new Map<string, PrivacyPolicyState>();
    for (;;) {
      const { events, lastRevision } = await eventStore.readStream(privacyPolicyStreamName, {
        from: revision + 1n,
        maxCount: eventsAtATime,
      });
      for (const stored of events) {
        ({ revision, position } = stored);
        const recorded = decode(stored);
        if (recorded?.event.type !== 'PrivacyPoliciesChanged') continue;
        const { tenantId } = recorded.metadata;
        changed.set(tenantId, evolve(changed.get(tenantId) ?? of(tenantId).state, recorded.event));
      }
      if (lastRevision === undefined || events.length === 0 || revision >= lastRevision) break;
    }
    for (const [tenantId, state] of changed) byTenant.set(tenantId, inForce(state));
    return position;
  }

  function of(tenantId: string): PoliciesInForce {
    return byTenant.get(tenantId) ?? undecided;
  }

  async function change(
    tenantId: string,
    data: ChangePrivacyPolicies['data'],
    correlationId: string,
  ): ReturnType<PrivacyPolicies['change']> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const read = await readOn();
      const { state } = of(tenantId);
      const events = decide({ type: 'ChangePrivacyPolicies', data }, state);
      if (events.length === 0) return { state, position: read };
      const metadata: EventMetadata = {
        messageId: correlationId,
        correlationId,
        causationId: correlationId,
        tenantId,
        schemaVersion: 1,
        occurredAt: data.at,
        recordedAt: data.at,
      };
      try {
        const { position } = await eventStore.appendToStream(
          privacyPolicyStreamName,
          events.map((event) => encode({ id: newId(), event, metadata })),
          revision < 0n ? 'noStream' : revision,
        );
        await readOn();
        return { state: of(tenantId).state, position };
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
    throw new CodedError('conflict', 'The policies are being changed by others; try again.');
  }

  await readOn();
  const alone = atATime(1);
  return {
    of,
    tenants: () => [...byTenant.keys()],
    change: (...asked) => alone(() => change(...asked)),
  };
}

function inForce(state: PrivacyPolicyState): PoliciesInForce {
  const { fields, consent } = state.policies;
  return {
    state,
    fieldRules: compileFieldPolicy(fields),
    consent: { rules: consent.rules, necessaryEvents: new Set(consent.necessaryEvents) },
  };
}
