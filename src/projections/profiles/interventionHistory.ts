import type { InterventionEvent } from '../../domain/intervention/events.js';
import { unreachable } from '../../domain/unreachable.js';
import { type InterventionEntry, type ProfileDocument, profileBounds } from './document.js';

/**
 * Help that was made for the person. Declined help is no help: the read model of interventions has it. A response
 * to one that has left the list still counts in the totals.
 */
export function addIntervention(document: ProfileDocument, event: InterventionEvent, at: number): void {
  const { totals } = document;
  switch (event.type) {
    case 'InterventionProposed':
      putIntervention(document, {
        id: event.data.interventionId,
        strategy: event.data.strategy,
        channel: event.data.channel,
        proposedAt: at,
        status: 'proposed',
        at,
      });
      return;
    case 'InterventionDeclined':
    case 'TextGenerated':
    case 'TextRefused':
    case 'DeliveryStarted':
    case 'DeliveryFailed':
    case 'InterventionResent':
    case 'DeliveryConfirmed':
    case 'DeliveryBounced':
    case 'InterventionOpened':
      return;
    case 'InterventionDelivered':
      totals.delivered += 1;
      setStatus(document, event.data.interventionId, 'delivered', at);
      return;
    case 'InterventionFailed':
      setStatus(document, event.data.interventionId, 'failed', at);
      return;
    case 'InterventionSeen':
      setStatus(document, event.data.interventionId, 'seen', at);
      return;
    case 'InterventionClicked':
      totals.clicked += 1;
      setStatus(document, event.data.interventionId, 'clicked', at);
      return;
    case 'InterventionDismissed':
      totals.dismissed += 1;
      setStatus(document, event.data.interventionId, 'dismissed', at);
      return;
    default:
      unreachable(event);
  }
}

/** Beyond the bound the oldest proposal leaves the list. */
export function putIntervention({ interventions }: ProfileDocument, entry: InterventionEntry): void {
  let at = 0;
  while (at < interventions.length && isBefore(interventions[at] as InterventionEntry, entry)) at++;
  interventions.splice(at, 0, entry);
  if (interventions.length > profileBounds.interventions) interventions.pop();
}

function setStatus(
  { interventions }: ProfileDocument,
  id: string,
  status: InterventionEntry['status'],
  at: number,
): void {
  const entry = interventions.find((candidate) => candidate.id === id);
  if (entry === undefined) return;
  entry.status = status;
  entry.at = at;
}

function isBefore(a: InterventionEntry, b: InterventionEntry): boolean {
  return a.proposedAt > b.proposedAt || (a.proposedAt === b.proposedAt && a.id < b.id);
}
