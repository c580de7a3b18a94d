import type { Actor } from '../../domain/access/events.js';
import { CodedError } from '../../domain/errors.js';
import { formatPosition } from '../../eventStore/eventStore.js';
import {
  executeOnIntervention,
  type InterventionAddress,
  type InterventionStreams,
  loadIntervention,
} from '../interventionStream.js';
import type { Journeys } from '../journeys.js';

export interface ResendRequest extends InterventionAddress {
  readonly actor: Actor;
  /** Who is it about: told before anything is recorded. */
  about(subject: string): Promise<void>;
}

/**
 * Has a message whose delivery failed sent again, over all its channels. Resolves with the position of its stream's last event.
 * @throws CodedError `not-found`, `conflict`
 */
export type ResendIntervention = (request: ResendRequest) => Promise<string>;

export function createResendIntervention(
  streams: InterventionStreams,
  journeys: Pick<Journeys, 'beside'>,
): ResendIntervention {
  return async ({ actor, about, ...address }) => {
    const { state } = await loadIntervention(streams, address);
    if (!('proposal' in state)) throw noSuchMessage();
    const { subject } = state.proposal;
    await about(subject);
    const data = { actor, now: streams.now() };
    const recorded = await journeys.beside(address.tenantId, subject, () =>
      executeOnIntervention(streams, address, { type: 'ResendIntervention', data }),
    );
    if (recorded?.position === undefined) throw noSuchMessage();
    return formatPosition(recorded.position);
  };
}

function noSuchMessage(): CodedError {
  return new CodedError('not-found', 'There is no message of this id.');
}
