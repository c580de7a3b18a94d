import type { Actor } from '../domain/access/events.js';
import type { ConsentChannel } from '../domain/consent/events.js';
import type { Permission } from '../domain/consent/policy.js';
import { CodedError } from '../domain/errors.js';
import type { InterventionResponse } from '../domain/intervention/commands.js';
import { formatPosition } from '../eventStore/eventStore.js';
import {
  executeOnIntervention,
  type InterventionAddress,
  type InterventionStreams,
  loadIntervention,
} from './interventionStream.js';
import type { Journeys } from './journeys.js';

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
