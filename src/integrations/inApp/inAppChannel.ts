import type { Channel } from '../../commands/channel.js';

/**
 * The in-app inbox. The message already stands, durable, in the intervention's stream, which is what the inbox is read
 * from; taking it is all that is left to do. Recording that makes it appear, live and stored, until it is acknowledged.
 */
export function inAppChannel(now: () => number): Channel {
  return {
    channel: 'in_app',
    provider: 'inbox',
    addressedBy: null,
    deduplicates: true,
    leavesText: true,
    send: async ({ expiresAt }) =>
      now() < expiresAt
        ? { outcome: 'accepted', providerMessageId: null }
        : { outcome: 'failed', reason: 'expired', permanent: true },
  };
}
