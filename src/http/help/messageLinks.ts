import type { MessageLinks } from '../../commands/channel.js';
import type { LinkOf, LinkTokens } from './linkTokens.js';
import { longestToken } from './linkTokens.js';

/** The message that links are for. */
export type LinkedMessage = Omit<LinkOf<'unsubscribe'>, 'kind'>;

/** Where nothing is measured, and nobody can be reached. */
const unlinked: MessageLinks = { open: null, unsubscribe: null, click: (url) => url };

/** @param publicUrl under which this installation is reached from outside; null: links are left as they are */
export function messageLinks(
  publicUrl: string | null,
  tokens: LinkTokens,
): (message: LinkedMessage) => MessageLinks {
  if (publicUrl === null) return () => unlinked;
  return (message) => {
    const { tenantId, interventionId, channel } = message;
    const about = { tenantId, interventionId, channel };
    return {
      open: `${publicUrl}/v1/o/${tokens.mint({ kind: 'open', ...about })}`,
      unsubscribe: `${publicUrl}/v1/unsubscribe/${tokens.mint({ kind: 'unsubscribe', ...message })}`,
      click(url) {
        const token = tokens.mint({ kind: 'click', ...about, url });
        return token.length > longestToken ? url : `${publicUrl}/v1/c/${token}`;
      },
    };
  };
}
