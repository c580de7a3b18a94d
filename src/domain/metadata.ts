import type { JsonObject } from './json.js';

/** What every recorded event says about itself, whatever its type. */
export interface EventMetadata {
  /** The client's id of the message that led here (given, or derived from its content). */
  readonly messageId: string;
  /** The request or import run all of this belongs to. */
  readonly correlationId: string;
  /** The message or event that was the direct cause. */
  readonly causationId: string;
  readonly tenantId: string;
  /** Version of the event's data, raised with its wire name. */
  readonly schemaVersion: number;
  /** When it happened by the client's clock, corrected for skew; epoch milliseconds. */
  readonly occurredAt: number;
  /** When Waymark recorded it; epoch milliseconds. */
  readonly recordedAt: number;
  /** Which door it came through (`segment`, `events-api`, `import` …); absent on what Waymark concluded. */
  readonly source?: string;
}

/** A domain event on its way into a stream. */
export interface NewEvent<E> {
  readonly id: string;
  readonly event: E;
  readonly metadata: EventMetadata;
}

/** A domain event as it stands in a stream. */
export interface Recorded<E> {
  readonly id: string;
  readonly streamName: string;
  /** 0-based place in its stream. */
  readonly revision: bigint;
  readonly position: Position;
  readonly event: E;
  readonly metadata: EventMetadata;
  /** As the store holds it, for what proves it; absent where it was not read from a store. */
  readonly stored?: StoredForm;
}

/** What of an event is personal is still sealed or apart here. */
export interface StoredForm {
  /** Wire name. */
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

/** Place in the `$all` stream. Both parts grow; compare with `comparePositions`. */
export interface Position {
  readonly commit: bigint;
  readonly prepare: bigint;
}

export function comparePositions(a: Position, b: Position): number {
  if (a.commit !== b.commit) return a.commit < b.commit ? -1 : 1;
  if (a.prepare !== b.prepare) return a.prepare < b.prepare ? -1 : 1;
  return 0;
}

/** The later of two positions, either of which may be missing. */
export function laterPosition(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return comparePositions(a, b) < 0 ? b : a;
}
