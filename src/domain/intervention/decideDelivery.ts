import { CodedError } from '../errors.js';
import { unreachable } from '../unreachable.js';
import type { DeliveryCommand, FailDelivery, RecordDeliveryNews, ResendIntervention } from './commands.js';
import { retryAtAfter } from './delivery.js';
import type { InterventionEvent, InterventionSubject } from './events.js';
import type { InterventionState, Offered } from './evolve.js';

/** Somebody who has a message sent again this often will not mend it so. */
const mostResends = 5;

/** @throws CodedError `conflict` for what was never proposed, or cannot be sent again */
export function decideDelivery(command: DeliveryCommand, state: InterventionState): InterventionEvent[] {
  if (command.type === 'RecordDeliveryNews') return 'proposal' in state ? news(command, state) : [];
  if (!('proposal' in state)) {
    throw new CodedError('conflict', 'Only a proposed intervention can be delivered.');
  }
  if (command.type === 'ResendIntervention') return resend(command, state);
  if (state.status !== 'proposed') return [];
  const about = subjectOf(state);
  switch (command.type) {
    case 'StartDelivery': {
      const { channel, provider, attempt, address } = command.data;
      const last = tryOf(state, command.data);
      if (last?.state === 'called' || attempt !== (last?.attempt ?? 0) + 1) return [];
      const to = address === null ? {} : { address };
      return [{ type: 'DeliveryStarted', data: { ...about, channel, provider, attempt, ...to } }];
    }
    case 'FailDelivery':
      return fail(command, state);
    case 'CloseChannel': {
      const { channel, provider, reason } = command.data;
      if (state.delivery.closed.includes(channel)) return [];
      const failure = { attempt: 0, reason, permanent: true, retryAt: null };
      return [{ type: 'DeliveryFailed', data: { ...about, channel, provider, ...failure } }];
    }
    case 'MarkDelivered': {
      const { channel, provider, providerMessageId } = command.data;
      const id = providerMessageId === null ? {} : { providerMessageId };
      return [{ type: 'InterventionDelivered', data: { ...about, channel, provider, ...id } }];
    }
    case 'MarkFailed': {
      const { channel, provider } = state.delivery.tries.at(-1) ?? { channel: state.proposal.channel };
      const over = provider === undefined ? { channel } : { channel, provider };
      return [{ type: 'InterventionFailed', data: { ...about, ...over, reason: command.data.reason } }];
    }
    default:
      return unreachable(command);
  }
}

function fail({ data }: FailDelivery, state: Offered): InterventionEvent[] {
  const { channel, provider, attempt, reason, permanent, now, retryAfter, suppress } = data;
  const last = tryOf(state, data);
  if (last?.state !== 'called' || last.attempt !== attempt) return [];
  const wait = retryAfter === undefined ? { permanent } : { permanent, retryAfter };
  return [
    {
      type: 'DeliveryFailed',
      data: {
        ...subjectOf(state),
        ...{ channel, provider, attempt, reason, permanent },
        retryAt: retryAtAfter(attempt, wait, state.proposal.expiresAt, now),
        ...(suppress !== undefined && { suppress }),
      },
    },
  ];
}

function resend({ data: { actor, now } }: ResendIntervention, state: Offered): InterventionEvent[] {
  if (state.status === 'proposed' && state.delivery.resends > 0) return [];
  if (state.status !== 'failed') {
    throw new CodedError('conflict', 'Only a message whose delivery failed can be sent again.');
  }
  if (now >= state.proposal.expiresAt) {
    throw new CodedError('conflict', 'The message has expired: what it was about is over.');
  }
  if (state.delivery.resends >= mostResends) {
    throw new CodedError('conflict', `The message was sent again ${mostResends} times already.`);
  }
  return [{ type: 'InterventionResent', data: { ...subjectOf(state), actor } }];
}

/** News of a channel that was never used is nobody's; the same news again, nobody's either. */
function news({ data }: RecordDeliveryNews, state: Offered): InterventionEvent[] {
  const { channel, news: what } = data;
  const about = subjectOf(state);
  const tries = state.delivery.tries.filter((each) => each.channel === channel && each.attempt > 0);
  if (tries.length === 0) return [];
  if (what === 'opened') return state.opened ? [] : [{ type: 'InterventionOpened', data: about }];
  if (what === 'clicked')
    return state.responses.includes('clicked') ? [] : [{ type: 'InterventionClicked', data: about }];
  const { provider } = tries.find((each) => each.provider === data.provider) ?? {};
  if (provider === undefined || state.delivery.told.includes(`${channel} ${what}`)) return [];
  const over = { ...about, channel, provider };
  return what === 'delivered'
    ? [{ type: 'DeliveryConfirmed', data: over }]
    : [{ type: 'DeliveryBounced', data: { ...over, bounce: what } }];
}

function tryOf(
  { delivery: { tries } }: Offered,
  { channel, provider }: { readonly channel: string; readonly provider: string },
) {
  return tries.find((each) => each.channel === channel && each.provider === provider);
}

function subjectOf({ proposal: { interventionId, subject } }: Offered): InterventionSubject {
  return { interventionId, subject };
}
