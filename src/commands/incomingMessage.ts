import type { JsonObject } from '../domain/json.js';

/** A client's message after its adapter has made it uniform. All values are validated and within the limits. */
export interface IncomingMessage {
  /** Place in the client's batch. */
  readonly index: number;
  readonly kind: 'page' | 'screen' | 'track' | 'identify' | 'group' | 'alias';
  readonly messageId: string;
  /** Epoch milliseconds, corrected for skew. */
  readonly occurredAt: number;
  /** At least one of the two ids is there. */
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly name?: string;
  readonly category?: string;
  readonly properties?: JsonObject;
  /** Without `ip` and `traits`, which are personal and stand on their own. */
  readonly context?: JsonObject;
  readonly ip?: string;
  readonly traits?: JsonObject;
  readonly groupId?: string;
  readonly previousId?: string;
}

export interface RejectedInput {
  readonly index: number;
  readonly messageId: string | null;
  readonly code: string;
  /** Says what to do; never holds the offending value. */
  readonly message: string;
  /** The message as received, as JSON text, for the quarantine. */
  readonly payload: string;
}

export interface IngestRequest {
  readonly tenantId: string;
  /** The request id. */
  readonly correlationId: string;
  /** The door: `segment`, `events-api`, `import` … */
  readonly source: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly messages: readonly IncomingMessage[];
  readonly rejected: readonly RejectedInput[];
}

export interface IngestResult {
  readonly accepted: number;
  readonly duplicates: number;
  readonly suppressed: number;
  readonly rejected: readonly Omit<RejectedInput, 'payload'>[];
  /** Position of the last event this request wrote or met; null where the store is empty. */
  readonly position: string | null;
}

/** Resolves when everything accepted is durable. @throws EventStoreUnavailable */
export type IngestMessages = (request: IngestRequest) => Promise<IngestResult>;
/** Says what `IngestMessages` would do, and writes nothing. */
export type CheckMessages = (request: IngestRequest) => Promise<IngestResult>;
