import type { ChannelMessage } from '../../commands/channel.js';
import { rewriteLinks } from '../../commands/textLinks.js';

/** Characters; more the providers refuse. */
const longestText = 1600;

/** A message as one text; undefined where it is longer than a text may be. */
export function smsTextOf({ title, body, links }: ChannelMessage): string | undefined {
  const text = `${title}\n${rewriteLinks(body, links.click)}`;
  return text.length <= longestText ? text : undefined;
}
