import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { ConsentChannel } from '../../domain/consent/events.js';
import type { PastHelp } from '../../domain/decision/commands.js';
import type {
  AbsenceAwaited,
  AbsenceEnded,
  ChosenStrategy,
  DecisionCandidate,
  DecisionCause,
  OutcomeReached,
} from '../../domain/decision/events.js';
import type { DeclineReason, TextAuthor } from '../../domain/intervention/events.js';
import { interventionIdFor } from '../../domain/intervention/streamName.js';

export const decisionsCollection: CollectionDefinition = {
  name: 'decisions',
  indexes: [
    ['tenantId', 'decidedAt'],
    ['tenantId', 'subject', 'decidedAt'],
    // Of those alone that a strategy was found for.
    ['tenantId', 'strategyId', 'decidedAt'],
    // Of those alone that wait for an event to stay away.
    ['dueAt'],
  ],
};

/**
 * One decision, or the wait that one comes of, and what became of the help. Id: tenant and `decisionId`. Times are epoch
 * milliseconds.
 */
export interface DecisionDocument extends Document, DecisionCause {
  readonly tenantId: string;
  readonly decisionId: string;
  /** Whose it was when it was decided. Of a journey linked later, it stays under the earlier subject. */
  readonly subject: string;
  /** When it was decided; of a wait, when that began. */
  decidedAt: number;
  state: 'awaiting' | 'ended' | 'made';
  /** Of what began with a wait; null otherwise. */
  readonly awaited: AbsenceAwaited['data'] | null;
  /** Absent once nothing is waited for. */
  dueAt?: number;
  endedBecause: AbsenceEnded['data']['reason'] | null;
  candidates: readonly DecisionCandidate[];
  chosen: ChosenStrategy | null;
  /** The chosen one's; absent where none was left. */
  strategyId?: string;
  policyVersion: number;
  /** Of the help that was chosen. */
  help: PastHelp['status'];
  /** Why it was not offered after all; null otherwise. */
  withheld: { readonly reason: DeclineReason; readonly consentEventId: string | null } | null;
  /** The channel it was delivered over; null until then. */
  channel: ConsentChannel | null;
  /** Who worded the message; null until then. */
  author: TextAuthor | null;
  /** What the person did with it, each once. */
  responses: readonly PersonResponse[];
  outcome: (Pick<OutcomeReached['data'], 'goal' | 'eventId' | 'after'> & { readonly at: number }) | null;
}

export const personResponses = ['opened', 'seen', 'clicked', 'dismissed'] as const;
export type PersonResponse = (typeof personResponses)[number];

/** The intervention that the chosen strategy leads to. */
export function interventionOf({ decisionId, chosen }: DecisionDocument): string | null {
  return chosen === null || chosen.arm === 'holdout'
    ? null
    : interventionIdFor(decisionId, chosen.strategyId);
}
