import type { DocumentStore } from '../../documentStore/documentStore.js';
import { comparePositions } from '../../domain/metadata.js';
import { type EventStore, formatPosition, parsePosition } from '../../eventStore/eventStore.js';
import type { Check } from './verifyCommand.js';

/**
 * No processor has seen more than the log holds. One that has means that the log was replaced or cut while the read
 * models were kept: they then show what is no longer recorded, and must be rebuilt.
 * @param names of the checkpoints in the document store
 */
export function checkpointsCheck(
  events: EventStore,
  documents: DocumentStore,
  names: readonly string[],
): Check {
  return {
    name: 'checkpoints',
    run: async () => {
      const head = await events.head();
      const problems: string[] = [];
      let behind = 0;
      for (const name of names) {
        const stored = await documents.getCheckpoint(name);
        if (stored === undefined || stored === 'start') {
          behind += 1;
          continue;
        }
        const position = parsePosition(stored);
        if (position === undefined) problems.push(`${name}: its checkpoint is not a position`);
        else if (head === undefined || comparePositions(position, head) > 0) {
          const end = head === undefined ? 'which is empty' : `which ends at ${formatPosition(head)}`;
          problems.push(`${name}: stands at ${stored}, behind the end of the log, ${end}; rebuild it`);
        } else if (comparePositions(position, head) < 0) behind += 1;
      }
      return {
        summary: `${names.length} processors${behind > 0 ? `, ${behind} of them go on from an earlier position at the next start` : ''}`,
        problems,
      };
    },
  };
}
