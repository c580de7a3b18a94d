import type { Refusal } from '../consent/policy.js';
import { CodedError } from '../errors.js';
import type {
  HelpCause,
  HelpFacts,
  InterventionCommand,
  InterventionResponse,
  ProposeIntervention,
  RecordResponse,
} from './commands.js';
import { decideDelivery } from './decideDelivery.js';
import type { DeclineReason, InterventionEvent, InterventionSubject } from './events.js';
import type { InterventionState } from './evolve.js';

/**
 * A command that changes nothing yields no events. The first outcome of a proposal holds.
 * @throws CodedError `not-found` for a response to what was never delivered, `conflict` for a delivery without a proposal
 */
export function decide(command: InterventionCommand, state: InterventionState): InterventionEvent[] {
  switch (command.type) {
    case 'ProposeIntervention':
      return state.status === 'none' ? [...written(command), ...propose(command)] : [];
    case 'WithholdIntervention':
      return state.status === 'proposed' ? [withheld(state.proposal, command.data.refusal)] : [];
    case 'RecordResponse':
      return respond(command, state);
    default:
      return decideDelivery(command, state);
  }
}

/** Why no help is offered after all, the first reason that holds; undefined where nothing speaks against it. */
function reasonToDecline(facts: HelpFacts): DeclineReason | undefined {
  if (!facts.enabled) return 'disabled';
  if (!facts.permission.allowed) return 'no-consent';
  if (facts.stale) return 'stale';
  return facts.resolved ? 'resolved' : undefined;
}

function written({ data: { cause, writing } }: ProposeIntervention): InterventionEvent[] {
  const { generated, refused } = writing;
  const about: InterventionSubject = { interventionId: cause.interventionId, subject: cause.subject };
  return [
    ...(generated === null ? [] : [{ type: 'TextGenerated' as const, data: { ...about, ...generated } }]),
    ...refused.map((text) => ({ type: 'TextRefused' as const, data: { ...about, ...text } })),
  ];
}

function propose({
  data: { cause, facts, chosen, text, fallbackTexts, expiresAt },
}: ProposeIntervention): InterventionEvent[] {
  const reason = reasonToDecline(facts);
  const { permission } = facts;
  if (reason === 'no-consent' && !permission.allowed) return [withheld(cause, permission)];
  const { strategyVersion, variant, notBefore } = chosen;
  const [channel, ...alternatives] = chosen.channels;
  if (reason !== undefined || text === null || channel === undefined) {
    return [{ type: 'InterventionDeclined', data: { ...cause, reason: reason ?? 'no-template' } }];
  }
  const { consentEventId } = permission;
  const allowedBy = consentEventId === null ? {} : { consentEventId };
  const data = {
    ...cause,
    ...text,
    ...{ strategyVersion, variant, channel, alternatives, notBefore, expiresAt },
    ...(fallbackTexts.length > 0 && { fallbackTexts }),
    ...allowedBy,
  } as const;
  return [{ type: 'InterventionProposed', data }];
}

function withheld(cause: HelpCause, { reason, consentEventId }: Refusal): InterventionEvent {
  const { interventionId, decisionId, subject, strategy, trigger } = cause;
  const { struggleId, featureId, signalType, severity } = cause;
  return {
    type: 'InterventionDeclined',
    data: {
      ...{ interventionId, decisionId, subject, strategy, trigger },
      ...{ struggleId, featureId, signalType, severity },
      reason: 'no-consent',
      refusal: { reason, consentEventId },
    },
  };
}

const eventOfResponse = {
  seen: 'InterventionSeen',
  clicked: 'InterventionClicked',
  dismissed: 'InterventionDismissed',
} as const satisfies Record<InterventionResponse, InterventionEvent['type']>;

/** Whoever clicked or dismissed a message has seen it, so `seen` counts only as the first response. */
function respond(
  { data: { response, actor } }: RecordResponse,
  state: InterventionState,
): InterventionEvent[] {
  if (state.status !== 'delivered') {
    throw new CodedError('not-found', 'There is no delivered message of this id.');
  }
  const known = response === 'seen' ? state.responses.length > 0 : state.responses.includes(response);
  return known ? [] : [{ type: eventOfResponse[response], data: { ...subjectOf(state), actor } }];
}

function subjectOf(state: { readonly proposal: InterventionSubject }): InterventionSubject {
  return { interventionId: state.proposal.interventionId, subject: state.proposal.subject };
}
