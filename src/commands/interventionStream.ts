import type { InterventionCommand } from '../domain/intervention/commands.js';
import { decide } from '../domain/intervention/decide.js';
import {
  type InterventionEvent,
  type InterventionProposed,
  isInterventionEvent,
} from '../domain/intervention/events.js';
import { evolve, type InterventionState, initialState } from '../domain/intervention/evolve.js';
import { interventionStreamName, longestInterventionStream } from '../domain/intervention/streamName.js';
import type { Recorded } from '../domain/metadata.js';
import {
  type CausedStreamKind,
  type CausedStreamPorts,
  type CausingEvent,
  endsAt,
  executeCaused,
  type LoadedStream,
  loadCaused,
} from './causedStream.js';

export type InterventionStreams = CausedStreamPorts;

export interface InterventionAddress {
  readonly tenantId: string;
  readonly interventionId: string;
}

const interventions: CausedStreamKind<InterventionState, InterventionCommand, InterventionEvent> = {
  initialState,
  isEvent: isInterventionEvent,
  decide,
  evolve,
  longest: longestInterventionStream,
};

export type LoadedIntervention = LoadedStream<InterventionState, InterventionEvent>;

export function loadIntervention(
  streams: InterventionStreams,
  { tenantId, interventionId }: InterventionAddress,
) {
  return loadCaused(streams, interventions, interventionStreamName(tenantId, interventionId));
}

/** The same where the proposal is at hand: what stands before it changes nothing, and most often nothing has followed yet. */
export async function loadProposed(
  streams: InterventionStreams,
  address: InterventionAddress,
  proposed: Recorded<InterventionProposed>,
): Promise<LoadedIntervention> {
  const { event, revision, streamName } = proposed;
  if (!(await endsAt(streams.eventStore, streamName, revision))) return loadIntervention(streams, address);
  return { state: evolve(initialState, event), expected: revision, last: proposed };
}

export function executeOnIntervention(
  streams: InterventionStreams,
  { tenantId, interventionId }: InterventionAddress,
  command: InterventionCommand,
  cause?: CausingEvent,
  loaded?: LoadedIntervention,
) {
  const streamName = interventionStreamName(tenantId, interventionId);
  return executeCaused(streams, interventions, { tenantId, streamName }, command, cause, loaded);
}
