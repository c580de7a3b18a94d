import { CodedError } from '../../domain/errors.js';
import type { KnowledgeCommand } from '../../domain/knowledge/commands.js';
import { decide } from '../../domain/knowledge/decide.js';
import { isKnowledgeEvent } from '../../domain/knowledge/events.js';
import { evolve, initialState, type KnowledgeState } from '../../domain/knowledge/evolve.js';
import { mostCharacters, mostDocuments } from '../../domain/knowledge/faults.js';
import { knowledgeStreamName } from '../../domain/knowledge/streamName.js';
import type { Position } from '../../domain/metadata.js';
import { decode, encode } from '../../eventStore/codec.js';
import { type EventStore, WrongExpectedRevision } from '../../eventStore/eventStore.js';
import { callMetadata } from '../callMetadata.js';
import { conflictPause } from '../conflictPause.js';

const eventsAtATime = 500;
/** More conflicts in a row than those who write one document cause. */
const maxAttempts = 8;

export interface ChangedKnowledge {
  readonly state: KnowledgeState;
  /** Of the last event. */
  readonly position: Position | undefined;
}

/**
 * Resolves when the change is durable; searches see it once the read model does.
 * @throws CodedError of the decider, `conflict` where the tenant's knowledge base is full; what the stores throw
 */
export type ChangeKnowledge = (
  tenantId: string,
  command: KnowledgeCommand,
  correlationId: string,
) => Promise<ChangedKnowledge>;

export interface KnowledgeSize {
  readonly documents: number;
  /** Of titles and texts. */
  readonly characters: number;
}

export function changeKnowledge({
  eventStore,
  sizeOf,
  newId,
}: {
  readonly eventStore: Pick<EventStore, 'readStream' | 'appendToStream'>;
  /** By the read model, so that a tenant that writes many at once may come a little over the bounds. */
  readonly sizeOf: (tenantId: string) => Promise<KnowledgeSize>;
  readonly newId: () => string;
}): ChangeKnowledge {
  async function load(streamName: string) {
    let state: KnowledgeState = initialState;
    let revision = -1n;
    let position: Position | undefined;
    for (;;) {
      const slice = await eventStore.readStream(streamName, { from: revision + 1n, maxCount: eventsAtATime });
      for (const stored of slice.events) {
        ({ revision, position } = stored);
        const event = decode(stored)?.event;
        if (event !== undefined && isKnowledgeEvent(event)) state = evolve(state, event);
      }
      if (slice.events.length === 0 || revision >= (slice.lastRevision ?? -1n))
        return { state, revision, position };
    }
  }

  return async (tenantId, command, correlationId) => {
    const streamName = knowledgeStreamName(tenantId, command.data.documentId);
    if (command.type === 'PutKnowledgeDocument') assertRoom(await sizeOf(tenantId));
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const { state, revision, position } = await load(streamName);
      const events = decide(command, state);
      if (events.length === 0) return { state, position };
      const metadata = callMetadata(tenantId, correlationId, command.data.at);
      try {
        const appended = await eventStore.appendToStream(
          streamName,
          events.map((event) => encode({ id: newId(), event, metadata })),
          revision < 0n ? 'noStream' : revision,
        );
        return { state: events.reduce(evolve, state), position: appended.position };
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
        // What the other one wrote can be read only when it is durable.
        await conflictPause(attempt);
      }
    }
    throw new CodedError('conflict', 'The document is being changed by others; try again.');
  };
}

function assertRoom({ documents, characters }: KnowledgeSize): void {
  if (documents < mostDocuments && characters < mostCharacters) return;
  throw new CodedError(
    'conflict',
    `The knowledge base is full (${mostDocuments} documents, ${mostCharacters} characters): remove what is not needed.`,
  );
}
