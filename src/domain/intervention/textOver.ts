import type { ConsentChannel } from '../consent/events.js';
import type { FallbackText, MessageText } from './events.js';

/** What is sent over a channel; null where no text fits it. */
export function textOver(
  proposal: MessageText & { readonly fallbackTexts?: readonly FallbackText[] },
  channel: ConsentChannel,
): MessageText | null {
  const other = proposal.fallbackTexts?.find((each) => each.channel === channel);
  return other === undefined ? proposal : other.text;
}
