import type { RejectedInput } from '../../commands/incomingMessage.js';
import type { JsonValue } from '../../domain/json.js';

/** Why an event of a batch was not taken. Codes are stable; the texts say what to do and never hold a value. */
export const rejectionMessages = {
  'not-an-object': 'Send each event as a JSON object.',
  'unknown-type': 'Give the event one of the documented types.',
  'missing-id': 'Give the event a userId or an anonymousId.',
  'invalid-user-id':
    'Send userId as text of 1 to 256 characters without control characters, or a safe integer.',
  'invalid-anonymous-id':
    'Send anonymousId as text of 1 to 256 characters without control characters, or a safe integer.',
  'invalid-message-id': 'Send messageId as text of 1 to 256 characters without control characters.',
  'invalid-group-id':
    'Give a group call a groupId: text of 1 to 256 characters without control characters, or a safe integer.',
  'invalid-previous-id':
    'Give an alias call a previousId: text of 1 to 256 characters without control characters, or a safe integer.',
  'invalid-event-name': 'Give a track call an event name: text of 1 to 256 characters.',
  'invalid-timestamp':
    'Send times as ISO 8601 with a zone, such as 2026-01-31T09:00:00.000Z, not before 1970.',
  'invalid-field': 'Send the named field in its documented form.',
  'invalid-number': 'Send finite numbers only.',
  'too-deep': 'Nest objects and arrays at most 32 deep.',
  'event-too-large': 'Keep one event, as compact JSON, within 32 KiB.',
} as const;

export type RejectionCode = keyof typeof rejectionMessages;

export interface Rejection {
  readonly code: RejectionCode;
  /** The documented name of the field at fault. */
  readonly field?: string;
}

/** What the quarantine keeps of one event, in bytes of UTF-8. */
const payloadBytes = 32 * 1024;

export function rejectedInput(
  index: number,
  messageId: string | null,
  { code, field }: Rejection,
  event: JsonValue,
): RejectedInput {
  const message =
    field === undefined ? rejectionMessages[code] : `${rejectionMessages[code]} At fault: ${field}.`;
  return { index, messageId, code, message, payload: payloadOf(event) };
}

function payloadOf(event: JsonValue): string {
  const text = jsonText(event);
  if (text.length * 3 <= payloadBytes) return text;
  const bytes = Buffer.from(text);
  // Cut between characters: a lead byte whose continuation is gone must go, too.
  let end = Math.min(bytes.length, payloadBytes);
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

function jsonText(event: JsonValue): string {
  try {
    // Some clients repeat their key in each event; it is no part of what happened.
    return JSON.stringify(event, (key, value: unknown) =>
      key === 'writeKey' || key === 'api_key' ? undefined : value,
    );
  } catch (error) {
    // Parsing has no depth limit, writing has the stack's.
    if (error instanceof RangeError) return JSON.stringify('nested too deep to be kept');
    throw error;
  }
}
