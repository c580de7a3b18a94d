import { type ExpectedRevision, StreamDeleted, WrongExpectedRevision } from '../eventStore.js';

/** What the store knows of a stream when an append arrives, appends still on their way to disk included. */
export interface StreamView {
  /** Number of events: the last one's revision plus one. */
  readonly count: number;
  readonly tombstoned: boolean;
  readonly softDeleted: boolean;
  readonly hasMetadata: boolean;
  /** Id of the event with this revision. */
  idAt(revision: number): string;
  /** The last revision at which an event with this id stands. */
  revisionOf(id: string): number | undefined;
}

interface Identified {
  readonly id: string;
}

/** Write the events, or answer with the append that wrote them before, whose last event has this revision. */
export type Verdict = 'write' | { readonly writtenUpTo: number };

/** EventStoreDB's rules for an append (`IndexWriter.CheckCommit`). @throws WrongExpectedRevision, StreamDeleted */
export function checkAppend(
  view: StreamView,
  events: readonly Identified[],
  expected: ExpectedRevision,
): Verdict {
  if (view.tombstoned) throw new StreamDeleted();
  if (expected === 'streamExists') {
    if (view.softDeleted) throw new StreamDeleted();
    if (view.count === 0 && !view.hasMetadata) throw wrong(view, expected);
  }
  if (expected === 'any' || expected === 'streamExists') return checkByIds(view, events, expected);
  const expectedCount = expected === 'noStream' ? 0 : Number(expected) + 1;
  if (expectedCount > view.count) throw wrong(view, expected);
  return expectedCount === view.count ? 'write' : checkRetry(view, events, expected, expectedCount);
}

/** As for an append of an event that the stream does not have. @throws WrongExpectedRevision, StreamDeleted */
export function checkDelete(view: StreamView, expected: ExpectedRevision): void {
  const byIds = expected === 'any' || expected === 'streamExists';
  checkAppend(view, byIds ? [] : [{ id: '' }], expected);
}

function checkByIds(view: StreamView, events: readonly Identified[], expected: ExpectedRevision): Verdict {
  let writtenUpTo: number | undefined;
  for (const [place, { id }] of events.entries()) {
    const revision = view.count === 0 ? undefined : view.revisionOf(id);
    if (revision === undefined) {
      if (place === 0) return 'write';
      throw wrong(view, expected);
    }
    writtenUpTo = revision;
  }
  return writtenUpTo === undefined ? 'write' : { writtenUpTo };
}

function checkRetry(
  view: StreamView,
  events: readonly Identified[],
  expected: ExpectedRevision,
  expectedCount: number,
): Verdict {
  for (const [place, { id }] of events.entries()) {
    const revision = expectedCount + place;
    if (revision < view.count && view.idAt(revision) === id) continue;
    if (place === 0 && expected === 'noStream' && view.softDeleted) return 'write';
    throw wrong(view, expected);
  }
  return { writtenUpTo: expectedCount + events.length - 1 };
}

function wrong(view: StreamView, expected: ExpectedRevision): WrongExpectedRevision {
  return new WrongExpectedRevision(expected, view.count === 0 ? undefined : BigInt(view.count - 1));
}
