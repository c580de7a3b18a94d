import type { Actor } from '../access/events.js';
import type { ConsentChannel } from '../consent/events.js';

/** Why nothing should be sent to an address again. */
export const suppressions = ['hard-bounce', 'complaint', 'invalid-address', 'unregistered'] as const;
export type Suppression = (typeof suppressions)[number];

/** Where a person cannot, or must not, be reached any more. */
export type ReachabilityEvent = ChannelSuppressed | ChannelReleased;

export const reachabilityEventTypes = [
  'ChannelSuppressed',
  'ChannelReleased',
] as const satisfies readonly ReachabilityEvent['type'][];

const typeNames: ReadonlySet<string> = new Set(reachabilityEventTypes);

export function isReachabilityEvent(event: { readonly type: string }): event is ReachabilityEvent {
  return typeNames.has(event.type);
}

/** An address of a person, by a keyed fingerprint: a new address is free again. */
export interface SuppressedAddress {
  readonly channel: ConsentChannel;
  readonly address: string;
}

export interface ChannelSuppressed {
  readonly type: 'ChannelSuppressed';
  readonly data: SuppressedAddress & {
    /** Pseudonym of the person. */
    readonly subject: string;
    readonly reason: Suppression;
    /** The message that showed it. */
    readonly interventionId: string;
  };
}

/** Somebody said that the person can be reached there again: every address of the channel is free. */
export interface ChannelReleased {
  readonly type: 'ChannelReleased';
  readonly data: {
    readonly subject: string;
    readonly channel: ConsentChannel;
    readonly actor: Actor;
  };
}
