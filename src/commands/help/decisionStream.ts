import type { DecisionCommand } from '../../domain/decision/commands.js';
import { decide } from '../../domain/decision/decide.js';
import { type DecisionEvent, isDecisionEvent } from '../../domain/decision/events.js';
import { type DecisionState, evolve, initialState } from '../../domain/decision/evolve.js';
import { decisionStreamName } from '../../domain/decision/streamName.js';
import {
  type CausedStreamKind,
  type CausedStreamPorts,
  type CausingEvent,
  executeCaused,
  type LoadedStream,
  loadCaused,
} from '../causedStream.js';

export interface DecisionAddress {
  readonly tenantId: string;
  readonly decisionId: string;
}

const decisions: CausedStreamKind<DecisionState, DecisionCommand, DecisionEvent> = {
  initialState,
  isEvent: isDecisionEvent,
  decide,
  evolve,
  // A wait, a decision and an outcome.
  longest: 4,
};

export function loadDecision(
  ports: Pick<CausedStreamPorts, 'eventStore'>,
  { tenantId, decisionId }: DecisionAddress,
) {
  return loadCaused(ports, decisions, decisionStreamName(tenantId, decisionId));
}

export function executeOnDecision(
  ports: CausedStreamPorts,
  { tenantId, decisionId }: DecisionAddress,
  command: DecisionCommand,
  cause?: CausingEvent,
  loaded?: LoadedStream<DecisionState, DecisionEvent>,
) {
  const streamName = decisionStreamName(tenantId, decisionId);
  return executeCaused(ports, decisions, { tenantId, streamName }, command, cause, loaded);
}
