import { comparePositions, type Position } from '../domain/metadata.js';
import { formatPosition, parsePosition } from '../eventStore/eventStore.js';
import type { ReadModels } from '../processors/projectionHost.js';
import type { DocumentReader } from './documentReader.js';
import type { ShownEvents } from './presentEvents.js';

/** What every query stands on. */
export interface QueryPorts {
  readonly eventStore: ShownEvents;
  /** The live read models. */
  readonly documents: DocumentReader;
  readonly readModels: Pick<ReadModels, 'position' | 'waitFor'>;
  /** The pseudonym of an identity. */
  subjectOf(tenantId: string, kind: 'user' | 'anonymous', value: string): string;
  /** Epoch milliseconds. */
  now(): number;
}

/** One tenant's documents at one moment: now, or, for one person, as of a past time. */
export interface View {
  readonly tenantId: string;
  readonly documents: DocumentReader;
  /** What the documents have seen at least; null before the first event. */
  readonly position: string | null;
  /** Pseudonyms of whom an answer is about as a whole, so that it is recorded; absent for lists of masked rows. */
  readonly subjects?: readonly string[];
}

/** @param projections the read models a query joins: the one that is furthest behind speaks for all */
export function openView(ports: QueryPorts, tenantId: string, projections: readonly string[]): View {
  // Taken before anything is read, so that the documents have seen at least this.
  const positions = projections.map((projection) => ports.readModels.position(projection));
  return {
    tenantId,
    documents: ports.documents,
    position: formatOptional(earliest(positions)),
  };
}

/**
 * Waits until all of the read models have seen a position, as text. False where `timeout` milliseconds were not enough.
 * @throws RangeError for a text that is no position
 */
export async function waitForPosition(
  { readModels }: Pick<QueryPorts, 'readModels'>,
  projections: readonly string[],
  text: string,
  timeout: number,
): Promise<boolean> {
  const position = parsePosition(text);
  if (position === undefined) throw new RangeError('this is no position');
  const seen = await Promise.all(
    projections.map((projection) => readModels.waitFor(projection, position, timeout)),
  );
  return seen.every(Boolean);
}

/** Undefined where one of them is, or where there is none. */
function earliest([first, ...others]: readonly (Position | undefined)[]): Position | undefined {
  return others.reduce(
    (a, b) => (a === undefined || b === undefined ? undefined : comparePositions(a, b) <= 0 ? a : b),
    first,
  );
}

function formatOptional(position: Position | undefined): string | null {
  return position === undefined ? null : formatPosition(position);
}

/** The position of the last event recorded; null in an empty log. */
export async function endOfLog({ eventStore }: Pick<QueryPorts, 'eventStore'>): Promise<string | null> {
  return formatOptional(await eventStore.head());
}
