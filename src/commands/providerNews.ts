import type { ConsentChannel } from '../domain/consent/events.js';

export type ProviderNewsKind =
  | 'delivered'
  | 'hard-bounce'
  | 'soft-bounce'
  | 'complaint'
  | 'opened'
  | 'clicked'
  | 'unsubscribed';

/** What became of a message after a provider took it: told by the provider, or by the message's own links. */
export interface ProviderNews {
  readonly tenantId: string;
  readonly interventionId: string;
  readonly channel: ConsentChannel;
  /** `links` where it was not a provider but a link of the message. */
  readonly provider: string;
  readonly kind: ProviderNewsKind;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The same for the same news, however often it is told; unique within intervention and provider. */
  readonly providerEventId: string;
}

/** Does nothing for an intervention that is not known, and for news that was told before. */
export type RecordProviderNews = (news: ProviderNews) => Promise<void>;

/** A request of a provider, as it came. */
export interface ProviderCallback {
  readonly body: Buffer;
  /** Lower-case names; of a repeated header the first. */
  header(name: string): string | undefined;
  /** Path and query. */
  readonly path: string;
}

/**
 * What a callback says. Undefined where it was not the provider that sent it, or was too long ago: a wrong signature, a
 * time outside of the window, a form that the provider does not send. News of messages that are not ours is left out.
 */
export type ReadCallback = (callback: ProviderCallback) => Promise<readonly ProviderNews[] | undefined>;
