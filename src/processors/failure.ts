import { CheckpointMoved } from '../documentStore/documentStore.js';

/** What stays of an error in stored documents and answers: its message may hold personal values. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

const unavailable: ReadonlySet<string> = new Set([
  'event-store-unavailable',
  'document-store-unavailable',
  'key-store-unavailable',
]);

/** A store that cannot be reached now says nothing of the event: such failures are retried, never parked. */
export function isUnavailable(error: unknown): boolean {
  return unavailable.has(reasonOf(error));
}

/** Another instance has taken the work over: this one stops, and leaves what it folded to the other. */
export function isFencedOff(error: unknown): boolean {
  return error instanceof CheckpointMoved;
}

/** A part of pino's. Errors are logged as `err`. */
export interface ProcessorLogger {
  warn(fields: object, message: string): void;
}
