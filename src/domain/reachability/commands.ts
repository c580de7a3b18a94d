import type { Actor } from '../access/events.js';
import type { ConsentChannel } from '../consent/events.js';
import type { ChannelSuppressed } from './events.js';

export type ReachabilityCommand = SuppressAddress | ReleaseChannel;

export interface SuppressAddress {
  readonly type: 'SuppressAddress';
  readonly data: ChannelSuppressed['data'];
}

export interface ReleaseChannel {
  readonly type: 'ReleaseChannel';
  readonly data: { readonly subject: string; readonly channel: ConsentChannel; readonly actor: Actor };
}
