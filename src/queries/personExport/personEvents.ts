import type { DomainEvent } from '../../domain/domainEvent.js';
import { comparePositions, type Position, type Recorded } from '../../domain/metadata.js';
import { readEvents } from '../personHistory.js';
import type { ShownEvents } from '../presentEvents.js';

type Entry = Recorded<DomainEvent>;
type PersonStreams = Pick<ShownEvents, 'readStream'>;
type Reading = AsyncGenerator<Entry, void, undefined>;

/** Of each open stream. Few, because many of a person's streams can be open at once. */
const eventsAtATime = 100;

/** A stream up to `end`, an event of which is the last thing that is read. */
export async function* readUpTo(
  eventStore: PersonStreams,
  streamName: string,
  end: Position,
): AsyncGenerator<Entry, void, undefined> {
  for await (const entry of readEvents(eventStore, streamName, Number.POSITIVE_INFINITY, eventsAtATime)) {
    if (comparePositions(entry.position, end) > 0) return;
    yield entry;
  }
}

/**
 * The events of several streams up to `end`, in the order of their recording. A stream is opened when the order reaches
 * its first event and closed after its last, so that a person of very many journeys needs no more memory than one.
 */
export async function* inOrderOfRecording(
  eventStore: PersonStreams,
  streamNames: readonly string[],
  end: Position,
): AsyncGenerator<Entry, void, undefined> {
  const unopened = await byFirstEvent(eventStore, streamNames);
  const open: { entry: Entry; readonly rest: Reading }[] = [];
  try {
    for (;;) {
      const first = earliest(open);
      const next = unopened.at(-1);
      if (next !== undefined && (first === undefined || isBefore(next.position, first.entry.position))) {
        unopened.pop();
        const rest = readUpTo(eventStore, next.streamName, end);
        const { value: entry } = await rest.next();
        if (entry) open.push({ entry, rest });
        continue;
      }
      if (first === undefined) return;
      yield first.entry;
      const { value: following } = await first.rest.next();
      if (following) first.entry = following;
      else open.splice(open.indexOf(first), 1);
    }
  } finally {
    for (const { rest } of open) await rest.return();
  }
}

/** The latest first, so that the next one stands at the end. */
async function byFirstEvent(eventStore: PersonStreams, streamNames: readonly string[]) {
  const found: { readonly streamName: string; readonly position: Position }[] = [];
  for (const streamName of streamNames) {
    for await (const { position } of readEvents(eventStore, streamName, Number.POSITIVE_INFINITY, 1)) {
      found.push({ streamName, position });
      break;
    }
  }
  return found.sort((a, b) => comparePositions(b.position, a.position));
}

function earliest<T extends { readonly entry: Entry }>(open: readonly T[]): T | undefined {
  return open.reduce<T | undefined>(
    (first, one) => (first === undefined || isBefore(one.entry.position, first.entry.position) ? one : first),
    undefined,
  );
}

function isBefore(a: Position, b: Position): boolean {
  return comparePositions(a, b) < 0;
}
