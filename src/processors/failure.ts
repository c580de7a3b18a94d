/** What stays of an error in stored documents and answers: its message may hold personal values. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** A store that cannot be reached now says nothing of the event: such failures are retried, never parked. */
export function isUnavailable(error: unknown): boolean {
  const reason = reasonOf(error);
  return reason === 'event-store-unavailable' || reason === 'document-store-unavailable';
}

/** A part of pino's. Errors are logged as `err`. */
export interface ProcessorLogger {
  warn(fields: object, message: string): void;
}
