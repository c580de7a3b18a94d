import type { Actor } from '../domain/access/events.js';
import type { ConsentChannel } from '../domain/consent/events.js';
import type { Permission } from '../domain/consent/policy.js';
import { CodedError } from '../domain/errors.js';
import type { HelpCause, HelpFacts, HelpWay, InterventionResponse } from '../domain/intervention/commands.js';
import { reasonToDecline } from '../domain/intervention/decide.js';
import type { InterventionState } from '../domain/intervention/evolve.js';
import { formatPosition } from '../eventStore/eventStore.js';
import type { Sealers } from '../keyStore/sealing.js';
import type { CausingEvent } from './causedStream.js';
import {
  executeOnIntervention,
  type InterventionAddress,
  type InterventionStreams,
  loadIntervention,
} from './interventionStream.js';
import type { Journeys } from './journeys.js';
import type { TextGenerator } from './textGenerator.js';

export interface ProposeInterventionRequest {
  readonly tenantId: string;
  readonly cause: HelpCause;
  readonly facts: HelpFacts;
  readonly chosen: HelpWay;
  /** The person's languages, first choice first. */
  readonly languages: readonly string[];
  /** How long the message is worth showing, milliseconds. */
  readonly showFor: number;
  readonly causedBy: CausingEvent;
}

export type ProposeIntervention = (request: ProposeInterventionRequest) => Promise<InterventionState>;

/**
 * Proposes help with its text, or records why there is none. Repeated for the same cause, it changes nothing; nor does it
 * for a person who was erased.
 */
export function proposeIntervention(
  streams: InterventionStreams,
  textGenerator: TextGenerator,
  sealing: Sealers,
): ProposeIntervention {
  return async ({ tenantId, cause, facts, chosen, languages, showFor, causedBy }) => {
    const address = { tenantId, interventionId: cause.interventionId };
    const { state } = await loadIntervention(streams, address);
    if (state.status !== 'none') return state;
    const sealer = await sealing.sealerOf(tenantId, cause.subject);
    if (sealer === undefined) return state;
    const { signalType, severity, featureId } = cause;
    const clear =
      reasonToDecline(facts) === undefined && signalType !== null && severity !== null && featureId !== null
        ? await textGenerator.generate({ signalType, severity, featureId, languages })
        : null;
    const text = clear && {
      ...clear,
      title: sealer.seal(cause.interventionId, 'title', clear.title),
      body: sealer.seal(cause.interventionId, 'body', clear.body),
    };
    const data = { cause, facts, chosen, text, expiresAt: streams.now() + showFor };
    return (await executeOnIntervention(streams, address, { type: 'ProposeIntervention', data }, causedBy))
      .state;
  };
}

/** Whether a person's consent covers personalised help over a channel now. */
export type HelpPermission = (
  tenantId: string,
  subject: string,
  channel: ConsentChannel,
) => Promise<Permission>;

export interface InterventionResponseRequest extends InterventionAddress {
  readonly response: InterventionResponse;
  /** Where only one person may answer: their pseudonym. */
  readonly onlyOf?: string;
  readonly actor: Actor;
}

/**
 * Resolves with the position of the intervention's last event.
 * @throws CodedError `not-found` where no such message was delivered, or it is another person's
 */
export type RecordInterventionResponse = (request: InterventionResponseRequest) => Promise<string>;

export function recordInterventionResponse(
  streams: InterventionStreams,
  journeys: Pick<Journeys, 'beside'>,
): RecordInterventionResponse {
  return async ({ tenantId, interventionId, response, onlyOf, actor }) => {
    const address = { tenantId, interventionId };
    const { state } = await loadIntervention(streams, address);
    if (!('proposal' in state)) throw noSuchMessage();
    const { subject } = state.proposal;
    if (onlyOf !== undefined && subject !== onlyOf) throw noSuchMessage();
    const command = { type: 'RecordResponse', data: { response, actor } } as const;
    const recorded = await journeys.beside(tenantId, subject, () =>
      executeOnIntervention(streams, address, command),
    );
    const position = recorded?.position;
    if (position === undefined) throw noSuchMessage();
    return formatPosition(position);
  };
}

function noSuchMessage(): CodedError {
  return new CodedError('not-found', 'There is no delivered message of this id.');
}
