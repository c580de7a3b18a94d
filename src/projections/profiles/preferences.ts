import { topOfTally } from '../tally.js';
import type { ProfileDocument } from './document.js';

export interface Preferences {
  /** Most frequent first, at most five; likewise the topics. */
  readonly contentCategories: readonly string[];
  readonly videoTopics: readonly string[];
  /** Null until there are five tasks and requests for help to judge by. */
  readonly preferredInteractionStyle: 'guided' | 'self_service' | 'assisted' | null;
  readonly communicationChannels: readonly string[];
  readonly notificationFrequency: 'high' | 'medium' | 'low';
  readonly contentComplexity: 'simple' | 'detailed';
}

const shown = 5;
/** Outcomes or responses below which nothing is concluded from their share. */
const enough = 5;

/**
 * - preferredInteractionStyle: by the share of requests for help among these, successes, failures and errors:
 *   assisted from 0.3, guided from 0.1, below self_service
 * - communicationChannels: those whose last message with a response was seen or clicked, not dismissed
 * - notificationFrequency: low where half or more of at least five messages were dismissed, high where half or more
 *   were clicked, else medium
 * - contentComplexity: detailed where at least 0.6 of at least five outcomes were successes, else simple
 */
export function preferencesOf(document: ProfileDocument): Preferences {
  const { totals } = document;
  return {
    contentCategories: topOfTally(document.categories, shown),
    videoTopics: topOfTally(document.videoTopics, shown),
    preferredInteractionStyle: interactionStyleOf(document),
    communicationChannels: communicationChannelsOf(document),
    notificationFrequency: notificationFrequencyOf(document),
    contentComplexity:
      totals.succeeded + totals.failed >= enough && share(totals.succeeded, totals.failed) >= 0.6
        ? 'detailed'
        : 'simple',
  };
}

function interactionStyleOf({ totals }: ProfileDocument): Preferences['preferredInteractionStyle'] {
  const others = totals.succeeded + totals.failed;
  if (totals.help + others < enough) return null;
  const helpShare = share(totals.help, others);
  return helpShare >= 0.3 ? 'assisted' : helpShare >= 0.1 ? 'guided' : 'self_service';
}

/** In the order of the latest message. */
function communicationChannelsOf({ interventions }: ProfileDocument): string[] {
  const statusByChannel = new Map<string, string>();
  for (const { channel, status } of interventions) {
    if (status === 'seen' || status === 'clicked' || status === 'dismissed') {
      if (!statusByChannel.has(channel)) statusByChannel.set(channel, status);
    }
  }
  return [...statusByChannel].filter(([, status]) => status !== 'dismissed').map(([channel]) => channel);
}

function notificationFrequencyOf({ totals }: ProfileDocument): Preferences['notificationFrequency'] {
  if (totals.delivered < enough) return 'medium';
  if (totals.dismissed * 2 >= totals.delivered) return 'low';
  return totals.clicked * 2 >= totals.delivered ? 'high' : 'medium';
}

function share(part: number, others: number): number {
  return part / (part + others);
}
