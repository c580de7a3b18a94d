import type { DecisionGround, PastHelp } from '../../domain/decision/commands.js';
import type { DecisionState } from '../../domain/decision/evolve.js';
import { triggerReasons } from '../../domain/decision/trigger.js';
import type { HelpPolicyState } from '../../domain/helpPolicy/evolve.js';
import type { Position } from '../../domain/metadata.js';
import type { Sealers } from '../../keyStore/sealing.js';
import type { CausedStreamPorts, CausingEvent } from '../causedStream.js';
import type { Journeys } from '../journeys.js';
import { type GroundPorts, gatherGround, type HelpOccasion, mergedHistory } from './decisionGround.js';
import { executeOnDecision, loadDecision } from './decisionStream.js';
import type { RecentDecisions } from './recentDecisions.js';
import type { StrategiesInForce } from './strategies.js';

export interface DecideHelpRequest extends HelpOccasion {
  /** Names the cause: what is handed over twice is decided once. */
  readonly decisionId: string;
  readonly causedBy: CausingEvent;
}

export interface Decided {
  readonly state: DecisionState;
  /** Of the decision's last event; undefined where nothing was recorded. */
  readonly position: Position | undefined;
}

export type DecideHelp = (request: DecideHelpRequest) => Promise<Decided>;

export interface DecideHelpPorts extends GroundPorts {
  readonly streams: CausedStreamPorts;
  readonly journeys: Pick<Journeys, 'beside'>;
  readonly sealing: Pick<Sealers, 'isErased'>;
  readonly recent: RecentDecisions;
  strategiesOf(tenantId: string): StrategiesInForce;
  policyOf(tenantId: string): HelpPolicyState;
}

/**
 * Decides what is done about an occasion and records it with every strategy that waited for it and all that spoke against
 * each. Nothing is recorded where no strategy waits, and of a person who was erased.
 */
export function createDecideHelp(ports: DecideHelpPorts): DecideHelp {
  const { streams, recent } = ports;
  return async (request) => {
    const { tenantId, subject, happening, decisionId } = request;
    const nothing: Decided = { state: { status: 'none' }, position: undefined };
    const strategies = ports
      .strategiesOf(tenantId)
      .enabled[happening.kind].filter((strategy) => triggerReasons(strategy, happening).length === 0);
    if (strategies.length === 0) return nothing;
    const person = `${tenantId}/${subject}`;
    const decide = async (): Promise<Decided> => {
      const loaded = await loadDecision(streams, request);
      const { state, last } = loaded;
      if (state.status === 'made' || state.status === 'ended') return { state, position: last?.position };
      const { policy, version } = ports.policyOf(tenantId);
      const personOf: GroundPorts['personOf'] = async (...about) => {
        const remembered = await recent.of(person);
        const known = await ports.personOf(...about);
        return { ...known, history: mergedHistory(known.history, remembered) };
      };
      const ground = await gatherGround({ ...ports, personOf }, request, strategies, policy, streams.now());
      if (await ports.sealing.isErased(tenantId, subject)) return nothing;
      const data = { decisionId, policyVersion: version, ground };
      const decided = await executeOnDecision(
        streams,
        request,
        { type: 'DecideHelp', data },
        request.causedBy,
        loaded,
      );
      const help = helpIn(decided.state, ground);
      if (help !== undefined) recent.add(person, help);
      return decided;
    };
    const inTurn = () => recent.oneByOne(person, decide);
    return (await ports.journeys.beside(tenantId, subject, inTurn)) ?? nothing;
  };
}

function helpIn(state: DecisionState, { cause, now }: DecisionGround): PastHelp | undefined {
  if (state.status !== 'made' || state.chosen === null) return undefined;
  const { strategyId, arm, channels, notBefore } = state.chosen;
  return {
    ...{ decisionId: state.decisionId, strategyId, featureId: cause.featureId, arm, channels },
    at: notBefore ?? now,
    status: 'pending',
  };
}
