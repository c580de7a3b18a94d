import type { AnalysisCommand } from '../../domain/analysis/commands.js';
import { decide } from '../../domain/analysis/decide.js';
import type { AnalysisEvent } from '../../domain/analysis/events.js';
import { type AnalysisState, evolve, initialState } from '../../domain/analysis/evolve.js';
import { analysisStreamName } from '../../domain/analysis/streamName.js';
import { type CausedStreamKind, type CausedStreamPorts, executeCaused, loadCaused } from '../causedStream.js';

/** Analyses that a stream keeps; older ones are as if they had never been. */
const kept = 100;

const analyses: CausedStreamKind<AnalysisState, AnalysisCommand, AnalysisEvent> = {
  initialState,
  isEvent: (event) => event.type === 'ContextAnalysed',
  decide,
  evolve,
  longest: kept,
};

/** @param until only what was recorded up to then; epoch milliseconds */
export function loadAnalysis(ports: CausedStreamPorts, tenantId: string, subject: string, until?: number) {
  return loadCaused(ports, analyses, analysisStreamName(tenantId, subject), until);
}

/** @returns the state with what followed */
export async function recordAnalysis(
  ports: CausedStreamPorts,
  tenantId: string,
  command: AnalysisCommand,
): Promise<AnalysisState> {
  const { subject, at } = command.data;
  const streamName = analysisStreamName(tenantId, subject);
  const id = ports.newId();
  const metadata = {
    ...{ messageId: id, correlationId: id, causationId: id, tenantId },
    ...{ schemaVersion: 1, occurredAt: at, recordedAt: at },
  };
  const { state } = await executeCaused(ports, analyses, { tenantId, streamName }, command, { id, metadata });
  await bound(ports, streamName);
  return state;
}

/** Said again should a crash have come between the first event and this. Keeps what an ended retention period truncated. */
async function bound({ eventStore }: CausedStreamPorts, streamName: string): Promise<void> {
  const known = await eventStore.getStreamMetadata(streamName);
  if (known.maxCount === undefined)
    await eventStore.setStreamMetadata(streamName, { ...known, maxCount: kept });
}
