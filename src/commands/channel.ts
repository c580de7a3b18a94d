import type { ConsentChannel } from '../domain/consent/events.js';
import type { JsonObject } from '../domain/json.js';
import type { AddressTrait } from '../domain/reachability/addresses.js';
import type { Suppression } from '../domain/reachability/events.js';

/** Where the links of a message lead; each knows its message, its channel and its tenant. */
export interface MessageLinks {
  /** Of an image whose loading says that the message was opened; null where that is not measured. */
  readonly open: string | null;
  /** Where a person says that they want no more messages over this channel; null where there is none. */
  readonly unsubscribe: string | null;
  /** The address that leads to `url` and says that it was followed; `url` itself where that is not measured. */
  click(url: string): string;
}

export type LinksFor = (message: {
  readonly tenantId: string;
  readonly interventionId: string;
  readonly channel: ConsentChannel;
  /** Pseudonym of the person. */
  readonly subject: string;
  readonly language: string;
}) => MessageLinks;

/** A message on its way to a person, worded and addressed. */
export interface ChannelMessage {
  /** The intervention's id: the same message sent twice is shown once where the channel deduplicates. */
  readonly idempotencyKey: string;
  readonly tenantId: string;
  /** Pseudonym of the person. */
  readonly subject: string;
  readonly language: string;
  /** Empty, as is the body, where the channel leaves the text where it stands. */
  readonly title: string;
  readonly body: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /**
   * What the trait `addressedBy` holds, opened, in memory alone. Where a channel is addressed by none: null, or the
   * id the application knows the person by.
   */
  readonly address: string | JsonObject | null;
  readonly links: MessageLinks;
  readonly data: {
    readonly interventionId: string;
    readonly strategyId: string;
    readonly featureId: string | null;
  };
}

/** Reasons are codes: kebab-case, never personal. */
export type ChannelOutcome =
  | { readonly outcome: 'accepted'; readonly providerMessageId: string | null }
  | {
      readonly outcome: 'failed';
      readonly reason: string;
      /** Whether this message to this address fails again however often it is sent. */
      readonly permanent: boolean;
      /** Milliseconds that the provider asks to be left alone. */
      readonly retryAfter?: number;
      readonly suppress?: Suppression;
    };

/** Delivers messages. Implementations pass `test/contracts/channel.ts`. */
export interface Channel {
  readonly channel: ConsentChannel;
  readonly provider: string;
  /** The trait whose value is the address; null where a message needs none. */
  readonly addressedBy: AddressTrait | null;
  /** Whether a second message with the same key is dropped, or takes the place of the first, so that it is seen once. */
  readonly deduplicates: boolean;
  /** The text is read where it is stored, sealed: it is not opened for the channel. */
  readonly leavesText?: true;
  /**
   * Ends within the channel's time-out.
   * @throws DeliveryUnknown where it cannot be known whether the message went out
   */
  send(message: ChannelMessage, signal: AbortSignal): Promise<ChannelOutcome>;
}

/** It may have gone out, or not: to send it again may be to send it twice, unless the channel deduplicates. */
export class DeliveryUnknown extends Error {
  override readonly name = 'DeliveryUnknown';
  readonly code = 'delivery-unknown';

  constructor(provider: string) {
    super(`It is not known whether ${provider} took the message.`);
  }
}
