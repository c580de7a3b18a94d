import type { UserMessage } from '../domain/journey/commands.js';

/** A client's message after its adapter has made it uniform. All values are validated and within the limits. */
export interface IncomingMessage extends UserMessage {
  /** Place in the client's batch. */
  readonly index: number;
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
  /** Whether the request itself carried a Global Privacy Control signal. */
  readonly globalPrivacyControl?: boolean;
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
