import type { Actor } from '../access/events.js';
import type { ConsentChannel } from '../consent/events.js';
import type { Permission, Refusal } from '../consent/policy.js';
import type { ChosenStrategy, DecisionCause } from '../decision/events.js';
import type { Suppression } from '../reachability/events.js';
import type { FallbackText, InterventionSubject, MessageText, TextGenerated, TextRefused } from './events.js';

export type InterventionCommand =
  | ProposeIntervention
  | WithholdIntervention
  | DeliveryCommand
  | RecordResponse;

/** What help would be for, by which decision and strategy. */
export interface HelpCause extends DecisionCause {
  readonly interventionId: string;
  readonly decisionId: string;
  readonly subject: string;
  readonly strategy: string;
}

/** What may have changed since the decision. */
export interface HelpFacts {
  /** Whether the tenant wants help to be offered, by this strategy too. */
  readonly enabled: boolean;
  /** Whether the decision was made too long ago to be acted on: a long stop, or more than could be worded in time. */
  readonly stale: boolean;
  readonly resolved: boolean;
  /** Whether the person's consent covers personalised help over a channel. */
  readonly permission: Permission;
}

/** How the decision wants it delivered. */
export type HelpWay = Pick<ChosenStrategy, 'strategyVersion' | 'variant' | 'channels' | 'notBefore'>;

/** Plain text, ready to be shown. */
export type InterventionText = MessageText;

/** How the text came about. */
export interface HelpWriting {
  /** Null where it was not considered to ask a model. */
  readonly generated: Omit<TextGenerated['data'], keyof InterventionSubject> | null;
  readonly refused: readonly Omit<TextRefused['data'], keyof InterventionSubject>[];
}

export interface ProposeIntervention {
  readonly type: 'ProposeIntervention';
  readonly data: {
    readonly cause: HelpCause;
    readonly facts: HelpFacts;
    readonly chosen: HelpWay;
    /** Null where nobody has anything to say. */
    readonly text: InterventionText | null;
    /** For the channels that this text does not fit. */
    readonly fallbackTexts: readonly FallbackText[];
    readonly writing: HelpWriting;
    /** Epoch milliseconds after which the message is no longer shown. */
    readonly expiresAt: number;
  };
}

/** What was proposed must not be delivered any more. */
export interface WithholdIntervention {
  readonly type: 'WithholdIntervention';
  readonly data: { readonly refusal: Refusal };
}

export type DeliveryCommand =
  | StartDelivery
  | FailDelivery
  | CloseChannel
  | MarkDelivered
  | MarkFailed
  | ResendIntervention
  | RecordDeliveryNews;

/** One call of one provider; the attempts of each are counted from 1. */
interface ProviderCall {
  readonly channel: ConsentChannel;
  readonly provider: string;
  readonly attempt: number;
}

/** A provider is about to be called. */
export interface StartDelivery {
  readonly type: 'StartDelivery';
  /** `address`: its fingerprint; null where none is needed. */
  readonly data: ProviderCall & { readonly address: string | null };
}

/** The call that began did not deliver the message. */
export interface FailDelivery {
  readonly type: 'FailDelivery';
  readonly data: ProviderCall & {
    /** A code, never a provider's free text. */
    readonly reason: string;
    readonly permanent: boolean;
    /** Milliseconds that the provider asks to be left alone. */
    readonly retryAfter?: number;
    readonly suppress?: Suppression;
    /** Epoch milliseconds. */
    readonly now: number;
  };
}

/** The channel is out of the question, so that none of its providers is called. */
export interface CloseChannel {
  readonly type: 'CloseChannel';
  readonly data: Omit<ProviderCall, 'attempt'> & { readonly reason: string };
}

export interface MarkDelivered {
  readonly type: 'MarkDelivered';
  readonly data: Omit<ProviderCall, 'attempt'> & { readonly providerMessageId: string | null };
}

export interface MarkFailed {
  readonly type: 'MarkFailed';
  readonly data: { readonly reason: string };
}

export interface ResendIntervention {
  readonly type: 'ResendIntervention';
  /** `now`: epoch milliseconds. */
  readonly data: { readonly actor: Actor; readonly now: number };
}

/** What became of a message after a provider took it. */
export interface RecordDeliveryNews {
  readonly type: 'RecordDeliveryNews';
  readonly data: Omit<ProviderCall, 'attempt'> & {
    readonly news: 'delivered' | 'hard' | 'soft' | 'complaint' | 'opened' | 'clicked';
  };
}

export const interventionResponses = ['seen', 'clicked', 'dismissed'] as const;
export type InterventionResponse = (typeof interventionResponses)[number];

export interface RecordResponse {
  readonly type: 'RecordResponse';
  readonly data: { readonly response: InterventionResponse; readonly actor: Actor };
}
