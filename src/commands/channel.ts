/** A message on its way to a person, worded and addressed. */
export interface ChannelMessage {
  /** The intervention's id: the same message sent twice is shown once. */
  readonly idempotencyKey: string;
  readonly tenantId: string;
  /** Pseudonym of the person. */
  readonly subject: string;
  readonly language: string;
  readonly title: string;
  readonly body: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** A failure is final; its reason is a code. */
export type ChannelOutcome =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'failed'; readonly reason: string };

/** Delivers messages. Implementations pass `test/contracts/channel.ts`. */
export interface Channel {
  /**
   * Safe to repeat with the same idempotency key. Throws only where it cannot be known whether the message went out;
   * the caller then sends it again.
   */
  send(message: ChannelMessage): Promise<ChannelOutcome>;
}
