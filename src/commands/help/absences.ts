import { causedBy } from '../../domain/decision/cause.js';
import type { AbsenceAwaited } from '../../domain/decision/events.js';
import type { Sealers } from '../../keyStore/sealing.js';
import type { CausedStreamPorts, CausingEvent } from '../causedStream.js';
import type { Journeys } from '../journeys.js';
import type { DecideHelp } from './decideHelp.js';
import { placeOf } from './decisionGround.js';
import { type DecisionAddress, executeOnDecision, loadDecision } from './decisionStream.js';
import type { StrategiesInForce } from './strategies.js';

export interface AwaitAbsenceRequest {
  readonly tenantId: string;
  readonly awaited: AbsenceAwaited['data'];
  readonly causedBy: CausingEvent;
}

/** Begins to wait for an event, once. Nothing is recorded of a person who was erased. */
export type AwaitAbsence = (request: AwaitAbsenceRequest) => Promise<void>;

export function createAwaitAbsence(
  streams: CausedStreamPorts,
  journeys: Pick<Journeys, 'beside'>,
  sealing: Pick<Sealers, 'isErased'>,
): AwaitAbsence {
  return async ({ tenantId, awaited, causedBy: cause }) => {
    const { subject, decisionId } = awaited;
    await journeys.beside(tenantId, subject, async () => {
      if (await sealing.isErased(tenantId, subject)) return;
      const command = { type: 'AwaitAbsence', data: awaited } as const;
      await executeOnDecision(streams, { tenantId, decisionId }, command, cause);
    });
  };
}

/** Looks whether an event that was waited for stayed away, and decides about help where it did. */
export type SettleAbsence = (address: DecisionAddress) => Promise<void>;

export interface SettleAbsencePorts {
  readonly streams: CausedStreamPorts;
  readonly decide: DecideHelp;
  strategiesOf(tenantId: string): StrategiesInForce;
  /** Whether the person has had such an event since, by the journeys' own streams. */
  eventCame(
    tenantId: string,
    subject: string,
    event: { readonly name: string; readonly from: number; readonly to: number },
  ): Promise<boolean>;
}

export function createSettleAbsence(ports: SettleAbsencePorts): SettleAbsence {
  const { streams, decide } = ports;
  return async (address) => {
    const { tenantId, decisionId } = address;
    const { state, last } = await loadDecision(streams, address);
    if (state.status !== 'awaiting' || last === undefined) return;
    const { subject, strategyId, of: name, since, dueAt } = state.awaited;
    const trigger = ports.strategiesOf(tenantId).enabled.absence.find(({ id }) => id === strategyId)
      ?.definition.trigger;
    const isWanted = trigger?.kind === 'absence' && trigger.of === name;
    const came = isWanted && (await ports.eventCame(tenantId, subject, { name, from: since, to: dueAt }));
    if (!isWanted || came) {
      const reason = came ? 'event-came' : 'strategy-changed';
      await executeOnDecision(streams, address, { type: 'EndAbsence', data: { reason } });
      return;
    }
    await decide({
      ...{ tenantId, subject, decisionId, causedBy: last, causedAt: dueAt, place: placeOf(last) },
      cause: causedBy('absence'),
      happening: { kind: 'absence', strategyId },
    });
  };
}
