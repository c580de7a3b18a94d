import { createHash } from 'node:crypto';
import type { ChannelMessage } from '../../commands/channel.js';

/**
 * Under which a message that is sent again takes the place of the first: 32 characters of the URL-safe alphabet, which
 * every push service allows.
 */
export function collapseKeyOf({ tenantId, idempotencyKey }: ChannelMessage): string {
  return createHash('sha256').update(`${tenantId}\n${idempotencyKey}`).digest('base64url').slice(0, 32);
}
