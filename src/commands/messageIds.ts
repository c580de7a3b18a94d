import type { IdentityKind } from '../domain/journey/events.js';
import { findPersonal } from '../domain/privacy/detection.js';

/** The pseudonym of an identity, or of a message id that holds one, under the tenant's secret: 32 hex digits. */
export type SubjectOf = (tenantId: string, kind: IdentityKind | 'message', value: string) => string;

/**
 * Made at the door of what a message says. Whoever guessed the little that is not recorded of it, such as whose it is, could
 * prove the guess by such a digest, also after an erasure.
 */
const digest = /^content-/;
/** As most clients make them: nothing to be found in them but an id that is the sender's own. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const counter = /[-_:.#]\w{1,8}$/;
/** An id shorter than this stands in any text by chance: it tells something only where it stands alone. */
const shortestTellingId = 4;

/**
 * A message id as it may stand in events and documents. Some clients make it of the sender's id, or of an address, and where
 * a client gives none it is a digest of the message: then a pseudonym takes the place of the whole, the same for the same id,
 * so that what is sent twice is found all the same.
 */
export function impersonalMessageId(
  tenantId: string,
  messageId: string,
  senders: readonly (string | undefined)[],
  subjectOf: SubjectOf,
): string {
  const tells =
    digest.test(messageId) ||
    senders.some((sender) => sender !== undefined && names(messageId, sender)) ||
    (!uuid.test(messageId) && holdsPersonal(messageId));
  return tells ? `personal-${subjectOf(tenantId, 'message', messageId)}` : messageId;
}

/** What stands before a counter is looked at on its own: behind `-1` an address or a number no longer looks like one. */
function holdsPersonal(messageId: string): boolean {
  if (messageId.includes('@') || messageId.includes('%40')) return true;
  if (findPersonal(messageId).length > 0) return true;
  const uncounted = messageId.replace(counter, '');
  return uncounted.length < messageId.length && findPersonal(uncounted).length > 0;
}

function names(messageId: string, sender: string): boolean {
  if (sender === '' || !messageId.includes(sender)) return false;
  return sender.length >= shortestTellingId || messageId.split(/[^\p{L}\p{N}]+/u).includes(sender);
}
