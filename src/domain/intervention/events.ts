import type { Actor } from '../access/events.js';
import type { ConsentChannel } from '../consent/events.js';
import type { RefusalReason } from '../consent/policy.js';
import type { DecisionCause } from '../decision/events.js';
import type { Suppression } from '../reachability/events.js';

/** Help that was decided on: worded, delivered, answered; or withheld for one stated reason. */
export type InterventionEvent =
  | TextGenerated
  | TextRefused
  | InterventionProposed
  | InterventionDeclined
  | DeliveryStarted
  | DeliveryFailed
  | InterventionDelivered
  | InterventionFailed
  | InterventionResent
  | DeliveryConfirmed
  | DeliveryBounced
  | InterventionSeen
  | InterventionOpened
  | InterventionClicked
  | InterventionDismissed;

export const interventionEventTypes = [
  'TextGenerated',
  'TextRefused',
  'InterventionProposed',
  'InterventionDeclined',
  'DeliveryStarted',
  'DeliveryFailed',
  'InterventionDelivered',
  'InterventionFailed',
  'InterventionResent',
  'DeliveryConfirmed',
  'DeliveryBounced',
  'InterventionSeen',
  'InterventionOpened',
  'InterventionClicked',
  'InterventionDismissed',
] as const satisfies readonly InterventionEvent['type'][];

const typeNames: ReadonlySet<string> = new Set(interventionEventTypes);

export function isInterventionEvent(event: { readonly type: string }): event is InterventionEvent {
  return typeNames.has(event.type);
}

/** What the intervention is about; repeated on each of its events so that a reader needs no second stream. */
export interface InterventionSubject {
  readonly interventionId: string;
  /** Pseudonym of the person. */
  readonly subject: string;
}

/** Who worded a message. Of a model, the version is that of the prompt. */
export interface TextAuthor {
  readonly kind: 'template' | 'model';
  /** Of the template; of a model `<provider>:<model>`. */
  readonly name: string;
  readonly version: number;
}

/** What asking one model took. */
export interface ModelUse {
  readonly provider: string;
  readonly model: string;
  readonly promptVersion: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Some of the tokens were not counted by the provider, for example of a call that was cut off; absent where all were. */
  readonly estimated?: true;
  /** Millionths of a US dollar; null where the price is not known. */
  readonly microUsd: number | null;
  /** Milliseconds. */
  readonly latency: number;
}

/** One try of one model. */
export interface GenerationAttempt extends ModelUse {
  readonly outcome: 'written' | 'refused' | 'failed';
  /** Why it was not used, as a code; null where it was. */
  readonly reason: string | null;
  readonly turns: number;
  /** Names of the tools it used, in order. */
  readonly tools: readonly string[];
}

/** What a second model said of a text. */
export interface TextReview extends ModelUse {
  readonly outcome: 'passed' | 'refused' | 'failed';
  /** Why it gave no verdict, as a code; null where it gave one. */
  readonly reason: string | null;
}

/** What was spent on wording a message, and what left the house for it. Recorded whether or not a text came of it. */
export interface TextGenerated {
  readonly type: 'TextGenerated';
  readonly data: InterventionSubject & {
    readonly attempts: readonly GenerationAttempt[];
    /** By the second model, where the policy wants one; absent where it does not. */
    readonly reviews?: readonly TextReview[];
    /** What the model was shown of the knowledge base. */
    readonly retrieved: readonly {
      readonly documentId: string;
      readonly version: number;
      readonly score: number;
      /** Help that was given before, by its strategy and variant; absent for a document. */
      readonly source?: 'past-help';
    }[];
    /** Kinds of personal values that a provider was sent, for example `trait:plan`; empty where none were. */
    readonly disclosed: readonly string[];
    /** Why the text is not a model's, as a code; null where it is. */
    readonly fallbackReason: string | null;
  };
}

/** A text that may not be sent, with the reasons. */
export interface TextRefused {
  readonly type: 'TextRefused';
  readonly data: InterventionSubject & {
    readonly author: TextAuthor;
    /** Over which it may not be sent, where another channel was tried first; absent for the first. */
    readonly channel?: ConsentChannel;
    readonly reasons: readonly { readonly code: string; readonly detail: string }[];
  };
}

/** What a person reads, in plain text, and who worded it. */
export interface MessageText {
  readonly language: string;
  readonly title: string;
  readonly body: string;
  readonly author: TextAuthor;
}

/** What is sent over another channel, where the message's own text may not be; null where no text may. */
export interface FallbackText {
  readonly channel: ConsentChannel;
  readonly text: MessageText | null;
}

export interface InterventionProposed {
  readonly type: 'InterventionProposed';
  readonly data: InterventionSubject &
    DecisionCause &
    MessageText & {
      readonly decisionId: string;
      readonly strategy: string;
      readonly strategyVersion: number;
      /** Null where the strategy has none. */
      readonly variant: string | null;
      readonly channel: ConsentChannel;
      /** Tried in this order where the channel fails. */
      readonly alternatives: readonly ConsentChannel[];
      /** Epoch milliseconds before which it is not delivered; null for at once. */
      readonly notBefore: number | null;
      /** Absent where the text fits every channel. */
      readonly fallbackTexts?: readonly FallbackText[];
      /** Epoch milliseconds. */
      readonly expiresAt: number;
      /** The consent event that allowed it; absent where the tenant's policy did. */
      readonly consentEventId?: string;
    };
}

export const declineReasons = [
  'cooldown',
  'stale',
  'resolved',
  'no-template',
  'disabled',
  'no-consent',
] as const;
export type DeclineReason = (typeof declineReasons)[number];

/** None is made, or one that was proposed is withheld. */
export interface InterventionDeclined {
  readonly type: 'InterventionDeclined';
  readonly data: InterventionSubject &
    DecisionCause & {
      readonly decisionId: string;
      readonly strategy: string;
      readonly reason: DeclineReason;
      /** Of `no-consent`: what refused it, and by which consent event; null where the tenant's policy did. */
      readonly refusal?: { readonly reason: RefusalReason; readonly consentEventId: string | null };
    };
}

/** Which of a message's deliveries: channels and providers are tried one after the other. */
interface Delivery {
  readonly channel: ConsentChannel;
  /** Absent for what was delivered in the app before there were other channels. */
  readonly provider?: string;
}

/** A provider is about to be called. Where no outcome follows, it is not known whether the message went out. */
export interface DeliveryStarted {
  readonly type: 'DeliveryStarted';
  readonly data: InterventionSubject &
    Required<Delivery> & {
      readonly attempt: number;
      /** Keyed fingerprint of the address; absent where none is needed. */
      readonly address?: string;
    };
}

/** One try failed. The next follows at `retryAt`, or over the next provider or channel; without one it was the last. */
export interface DeliveryFailed {
  readonly type: 'DeliveryFailed';
  readonly data: InterventionSubject &
    Required<Delivery> & {
      /** 0: the channel was out of the question, and no provider was called. */
      readonly attempt: number;
      /** A code, never a provider's free text. */
      readonly reason: string;
      readonly permanent: boolean;
      /** Epoch milliseconds; null where the same provider is not tried again. */
      readonly retryAt: number | null;
      /** Why nothing should be sent to the address again; absent where nothing speaks against it. */
      readonly suppress?: Suppression;
    };
}

/** The channel took it: for `in_app`, it stands in the person's inbox. */
export interface InterventionDelivered {
  readonly type: 'InterventionDelivered';
  readonly data: InterventionSubject & Delivery & { readonly providerMessageId?: string };
}

/** No channel took it. It can be looked at and sent again. */
export interface InterventionFailed {
  readonly type: 'InterventionFailed';
  readonly data: InterventionSubject & Delivery & { readonly reason: string };
}

/** Somebody had a failed message sent again. */
export interface InterventionResent {
  readonly type: 'InterventionResent';
  readonly data: InterventionSubject & { readonly actor: Actor };
}

/** The provider says that it arrived. */
export interface DeliveryConfirmed {
  readonly type: 'DeliveryConfirmed';
  readonly data: InterventionSubject & Required<Delivery>;
}

/** The provider says that it did not arrive, or that the person complained. */
export interface DeliveryBounced {
  readonly type: 'DeliveryBounced';
  readonly data: InterventionSubject &
    Required<Delivery> & { readonly bounce: 'hard' | 'soft' | 'complaint' };
}

/** `actor`: the person with a token of their own, or the key that answered in their place. */
type Response = InterventionSubject & { readonly actor?: Actor };

export interface InterventionSeen {
  readonly type: 'InterventionSeen';
  readonly data: Response;
}
/** Opened by a mail program; some open by themselves, so that it says less than a click. */
export interface InterventionOpened {
  readonly type: 'InterventionOpened';
  readonly data: Response;
}
export interface InterventionClicked {
  readonly type: 'InterventionClicked';
  readonly data: Response;
}
export interface InterventionDismissed {
  readonly type: 'InterventionDismissed';
  readonly data: Response;
}
