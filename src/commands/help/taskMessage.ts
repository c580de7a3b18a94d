import type { HelpPolicy } from '../../domain/helpPolicy/policy.js';
import type { StrategyContent } from '../../domain/strategy/definition.js';
import type { Reading } from './agentTools.js';
import { asData } from './asData.js';
import type { CheckedFor } from './compliance.js';
import type { HelpBrief } from './composeText.js';
import type { PersonalText, Reader } from './reader.js';
import { type Hide, hidePersonal } from './withoutPersonal.js';

/** What a model is asked to write. */
export interface AgentTask extends Reading {
  readonly brief: HelpBrief;
  readonly content: StrategyContent;
  readonly policy: HelpPolicy;
  /** Put into the text after the model wrote it; null where it is not to stand there. */
  readonly name: string | null;
  readonly checkedFor: CheckedFor;
  /** Epoch milliseconds; the signal aborts then. */
  readonly deadline: number;
}

/** Stands for the person's name while a provider sees the text. */
export const nameStandIn = 'Personname';

/** What the tenant's policy lets a provider see of texts about this person. */
export function hideFor(
  name: Reader['name'],
  personal: readonly PersonalText[],
  { disclosure }: Pick<HelpPolicy, 'disclosure'>,
): Hide {
  return hidePersonal({
    personal,
    shownTraits: disclosure.traits,
    name: name === null || disclosure.name === 'omit' ? null : { value: name, standIn: nameStandIn },
  });
}

/**
 * The first message: what the company wants, as it configured it, and what happened, as data. What users typed stands within
 * the delimiters alone.
 */
export function taskMessage({ brief, content, policy, name, language, hide }: AgentTask): string {
  const { channel, complexity, signalType, severity, featureId } = brief;
  const { compliance } = policy;
  const most = compliance.maxLength[channel];
  const task = {
    purpose: content.brief,
    ...{ channel, language, complexity },
    tone: brief.tone ?? content.tone ?? 'kind',
    longestTitle: most.title,
    // Of text messages the policy counts segments.
    longestBody: channel === 'sms' ? most.body * 67 : most.body,
    linkHosts: compliance.allowedLinkHosts,
    mustSay: compliance.requiredPhrases
      .filter(({ channels }) => channels.includes(channel))
      .map(({ phrase }) => phrase),
    mustNotSay: [...compliance.bannedPhrases, ...compliance.claims],
    ...(name !== null && { standInForTheName: nameStandIn }),
  };
  return `Task:\n${JSON.stringify(task)}\n\nWhat happened:\n${asData({ signalType, severity, featureId }, hide)}`;
}
