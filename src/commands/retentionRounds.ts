import type { EventMetadata } from '../domain/metadata.js';
import type { RetentionCommand } from '../domain/retention/commands.js';
import { decide } from '../domain/retention/decide.js';
import { evolve, initialState, type RetentionState } from '../domain/retention/evolve.js';
import type { Cutoffs } from '../domain/retention/periods.js';
import { retentionStreamName } from '../domain/retention/streamName.js';
import { decode, encode } from '../eventStore/codec.js';
import type { EventStore } from '../eventStore/eventStore.js';

export interface RetentionRounds {
  /** From memory: what was recorded last. */
  of(tenantId: string): RetentionState;
  /** What is past its period, of each tenant that ever had a round. */
  pastPeriods(): Iterable<{ readonly tenantId: string; readonly cutoffs: Cutoffs }>;
  /** @throws what the event store throws; WrongExpectedRevision where another process runs rounds as well */
  execute(tenantId: string, command: RetentionCommand): Promise<RetentionState>;
}

/** @param tenants those that have periods, or had */
export async function openRetentionRounds(
  eventStore: Pick<EventStore, 'readStream' | 'appendToStream'>,
  tenants: readonly string[],
  newId: () => string,
): Promise<RetentionRounds> {
  const known = new Map<string, RetentionState>();

  async function load(tenantId: string) {
    const { events } = await eventStore.readStream(retentionStreamName(tenantId), {
      direction: 'backwards',
      maxCount: 1,
    });
    const [last] = events;
    const event = last && decode(last)?.event;
    return last !== undefined &&
      (event?.type === 'RetentionRoundBegun' || event?.type === 'RetentionRoundCompleted')
      ? { state: evolve(initialState, event), revision: last.revision }
      : { state: initialState, revision: -1n };
  }

  async function execute(tenantId: string, command: RetentionCommand): Promise<RetentionState> {
    // Read anew, so that after an append of which nothing is known it is seen whether it was made.
    const { state, revision } = await load(tenantId);
    const events = decide(command, state);
    const metadata: EventMetadata = {
      messageId: command.roundId,
      correlationId: command.roundId,
      causationId: command.roundId,
      tenantId,
      schemaVersion: 1,
      occurredAt: command.at,
      recordedAt: command.at,
    };
    const next = events.reduce(evolve, state);
    if (events.length > 0) {
      await eventStore.appendToStream(
        retentionStreamName(tenantId),
        events.map((event) => encode({ id: newId(), event, metadata })),
        revision < 0n ? 'noStream' : revision,
      );
    }
    known.set(tenantId, next);
    return next;
  }

  for (const tenantId of tenants) known.set(tenantId, (await load(tenantId)).state);
  return {
    of: (tenantId) => known.get(tenantId) ?? initialState,
    *pastPeriods() {
      for (const [tenantId, { cutoffs }] of known) yield { tenantId, cutoffs };
    },
    execute,
  };
}
