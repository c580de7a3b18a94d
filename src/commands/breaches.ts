import type { BreachCommand } from '../domain/breach/commands.js';
import { decide } from '../domain/breach/decide.js';
import { isBreachEvent } from '../domain/breach/events.js';
import { type BreachState, evolve, initialState, type KnownBreach } from '../domain/breach/evolve.js';
import { breachStreamName } from '../domain/breach/streamName.js';
import { CodedError } from '../domain/errors.js';
import type { Position } from '../domain/metadata.js';
import { decode, encode } from '../eventStore/codec.js';
import { type EventStore, WrongExpectedRevision } from '../eventStore/eventStore.js';
import { callMetadata } from './callMetadata.js';
import { conflictPause } from './conflictPause.js';

const eventsAtATime = 500;
/** More conflicts in a row than officers of one breach cause. */
const maxAttempts = 8;

export interface BreachResult {
  readonly breach: KnownBreach;
  /** Of the last event. */
  readonly position: Position;
}

export interface Breaches {
  /** @throws CodedError of the decider; what the event store throws */
  execute(tenantId: string, command: BreachCommand, correlationId: string): Promise<BreachResult>;
  /** @throws CodedError `not-found` */
  find(tenantId: string, breachId: string): Promise<BreachResult>;
}

export function createBreaches({
  eventStore,
  newId,
}: {
  readonly eventStore: Pick<EventStore, 'readStream' | 'appendToStream'>;
  readonly newId: () => string;
}): Breaches {
  async function load(tenantId: string, breachId: string) {
    let state: BreachState = initialState;
    let revision = -1n;
    let position: Position | undefined;
    for (;;) {
      const { events, lastRevision } = await eventStore.readStream(breachStreamName(tenantId, breachId), {
        from: revision + 1n,
        maxCount: eventsAtATime,
      });
      for (const stored of events) {
        ({ revision, position } = stored);
        const event = decode(stored)?.event;
        if (event !== undefined && isBreachEvent(event)) state = evolve(state, event);
      }
      if (lastRevision === undefined || events.length === 0 || revision >= lastRevision) break;
    }
    return { state, revision, position };
  }

  return {
    async execute(tenantId, command, correlationId) {
      const { breachId, at } = command.data;
      for (let attempt = 1; attempt <= maxAttempts; attempt++) {
        const { state, revision, position } = await load(tenantId, breachId);
        const events = decide(command, state);
        if (events.length === 0) return known(state, position);
        const metadata = { ...callMetadata(tenantId, correlationId, at), messageId: breachId };
        try {
          const appended = await eventStore.appendToStream(
            breachStreamName(tenantId, breachId),
            events.map((event) => encode({ id: newId(), event, metadata })),
            revision < 0n ? 'noStream' : revision,
          );
          return known(events.reduce(evolve, state), appended.position);
        } catch (error) {
          if (!(error instanceof WrongExpectedRevision)) throw error;
          // What the other one wrote can be read only when it is durable.
          await conflictPause(attempt);
        }
      }
      throw new CodedError('conflict', 'The breach is being changed by others; try again.');
    },
    async find(tenantId, breachId) {
      const { state, position } = await load(tenantId, breachId);
      return known(state, position);
    },
  };
}

function known(state: BreachState, position: Position | undefined): BreachResult {
  if (state.status === 'none' || position === undefined)
    throw new CodedError('not-found', 'No breach has this id.');
  return { breach: state, position };
}
