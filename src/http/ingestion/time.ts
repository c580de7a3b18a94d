import type { JsonValue } from '../../domain/json.js';

/** Milliseconds. A `sentAt` further from now than this is no sending time of this delivery: a stored copy, or junk. */
const largestSkew = 24 * 60 * 60 * 1000;
/** Milliseconds that an event may lie ahead of its reception before its time is held to be wrong. */
const futureTolerance = 60 * 1000;

const zonedTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/**
 * Epoch milliseconds of an ISO 8601 time with a zone, or of a whole number that is epoch milliseconds already.
 * Undefined where none was given, NaN where what was given is no such time or lies before 1970.
 */
export function readTime(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const time = typeof value === 'number' ? value : typeof value === 'string' ? parseTime(value) : Number.NaN;
  return Number.isSafeInteger(time) && time >= 0 ? time : Number.NaN;
}

function parseTime(text: string): number {
  return zonedTime.test(text) ? Date.parse(text) : Number.NaN;
}

/** Epoch milliseconds, by the client's clock. */
export interface ClientTimes {
  readonly timestamp: number | undefined;
  readonly originalTimestamp: number | undefined;
  readonly sentAt: number | undefined;
}

/**
 * When it happened, by our clock, in epoch milliseconds: `receivedAt - (sentAt - originalTimestamp)`, as in Segment's
 * specification, where the client says when it sent. Most clients call the original time `timestamp`. One that gives
 * both, and different ones, was told by its user when it happened, which needs no correction. What would lie in the
 * future happened on reception, as does what has no time at all.
 */
export function occurrenceTime(times: ClientTimes, receivedAt: number): number {
  const { timestamp, originalTimestamp = timestamp, sentAt } = times;
  if (originalTimestamp === undefined) return receivedAt;
  const stated = timestamp !== undefined && timestamp !== originalTimestamp;
  const sentNow = sentAt !== undefined && Math.abs(receivedAt - sentAt) <= largestSkew;
  const occurredAt = stated
    ? timestamp
    : sentNow
      ? receivedAt - (sentAt - originalTimestamp)
      : originalTimestamp;
  if (occurredAt > receivedAt + futureTolerance) return receivedAt;
  return Math.max(occurredAt, 0);
}
