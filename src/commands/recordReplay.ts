import { formatPosition } from '../eventStore/eventStore.js';
import type { IngestionLog } from './ingestionLog.js';

/** Records what became of a quarantined message that was sent again. Resolves with the record's position. */
export type RecordReplay = (replay: {
  readonly tenantId: string;
  readonly correlationId: string;
  readonly quarantineId: string;
  readonly accepted: boolean;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
}) => Promise<string>;

export function createRecordReplay(ingestionLog: IngestionLog): RecordReplay {
  return async ({ tenantId, correlationId, quarantineId, accepted, recordedAt }) =>
    formatPosition(
      await ingestionLog.record(
        tenantId,
        [{ type: 'QuarantinedMessageReplayed', data: { quarantineId, accepted } }],
        { correlationId, recordedAt },
      ),
    );
}
