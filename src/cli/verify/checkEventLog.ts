import { comparePositions, type Position } from '../../domain/metadata.js';
import { decode } from '../../eventStore/codec.js';
import { type EventStore, formatPosition } from '../../eventStore/eventStore.js';
import type { Check, Findings } from './verifyCommand.js';

const maxProblems = 20;
const pageSize = 1000;

/**
 * Reads the whole log once: positions rise, revisions rise within each stream, and every event that this version
 * knows can be decoded. Damage to frames is found by the store itself when it opens. Remembers one revision for each
 * stream: about 150 bytes a person.
 */
export function eventLogCheck(store: EventStore): Check {
  return { name: 'event log', run: () => readWholeLog(store) };
}

async function readWholeLog(store: EventStore): Promise<Findings> {
  const problems: string[] = [];
  const revisions = new Map<string, bigint>();
  let events = 0;
  let unknown = 0;
  let last: Position | undefined;
  let from: Position | 'start' = 'start';
  for (let atEnd = false; !atEnd && problems.length < maxProblems; ) {
    const slice = await store.readAll({ from, maxCount: pageSize });
    for (const event of slice.events) {
      const where = `event at position ${formatPosition(event.position)}`;
      events += 1;
      if (last !== undefined && comparePositions(event.position, last) <= 0) {
        problems.push(`${where}: not behind the one before it`);
      }
      last = event.position;
      const revision = revisions.get(event.streamName);
      if (revision !== undefined && event.revision <= revision) {
        problems.push(`${where}: revision ${event.revision} follows ${revision} in its stream`);
      }
      revisions.set(event.streamName, event.revision);
      try {
        // Those with `$` are the store's own: what was truncated and deleted.
        if (decode(event) === undefined && !event.type.startsWith('$')) unknown += 1;
      } catch {
        problems.push(`${where}: cannot be decoded`);
      }
    }
    // A slice that is neither the end nor goes on would repeat for ever.
    atEnd = slice.atEnd || slice.next === undefined;
    from = slice.next ?? from;
  }
  const head = await store.head();
  if (problems.length < maxProblems && last !== undefined && head !== undefined) {
    if (comparePositions(last, head) > 0) problems.push('the log holds events behind its own end');
  }
  return {
    summary: `${events} events in ${revisions.size} streams, up to position ${head ? formatPosition(head) : 'none'}${
      unknown > 0 ? `, ${unknown} of types that this version does not know` : ''
    }`,
    problems,
  };
}
