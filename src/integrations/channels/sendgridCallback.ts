import { type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import type { ProviderNews, ProviderNewsKind, ReadCallback } from '../../commands/providerNews.js';
import { readReference } from './messageReference.js';

/** SendGrid tries to deliver an event for a day. Milliseconds. */
const oldest = 25 * 60 * 60_000;
const allowedSkew = 5 * 60_000;
const mostEvents = 5000;

const event = z.object({
  event: z.string(),
  sg_event_id: z.string().min(1).max(200),
  timestamp: z.number(),
  waymark: z.unknown().optional(),
  type: z.string().optional(),
  reason: z.string().optional(),
});
type SendgridEvent = z.infer<typeof event>;
const events = z.array(z.unknown()).max(mostEvents);

/** The signed event webhook: ECDSA with SHA-256 over the time and the exact body. */
export function readSendgridCallback(publicKey: KeyObject, now: () => number): ReadCallback {
  return async ({ header, body }) => {
    const signature = header('x-twilio-email-event-webhook-signature');
    const timestamp = header('x-twilio-email-event-webhook-timestamp');
    if (signature === undefined || timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return undefined;
    const age = now() - Number(timestamp) * 1000;
    if (age > oldest || age < -allowedSkew) return undefined;
    const signed = Buffer.concat([Buffer.from(timestamp), body]);
    if (!verify('sha256', signed, publicKey, Buffer.from(signature, 'base64'))) return undefined;
    const parsed = events.safeParse(parseJson(body));
    return parsed.success ? parsed.data.flatMap(newsIn) : undefined;
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function newsIn(given: unknown): ProviderNews[] {
  const parsed = event.safeParse(given);
  if (!parsed.success) return [];
  const message = readReference(parsed.data.waymark);
  const kind = kindOf(parsed.data);
  if (message === undefined || kind === undefined) return [];
  const { sg_event_id: providerEventId, timestamp } = parsed.data;
  return [
    { ...message, channel: 'email', provider: 'sendgrid', kind, at: timestamp * 1000, providerEventId },
  ];
}

/** Why SendGrid did not even try: its own list of addresses to be left alone. */
const dropped: Readonly<Record<string, ProviderNewsKind>> = {
  'Bounced Address': 'hard-bounce',
  Invalid: 'hard-bounce',
  'Spam Reporting Address': 'complaint',
  'Unsubscribed Address': 'unsubscribed',
};

function kindOf({ event: name, type, reason = '' }: SendgridEvent): ProviderNewsKind | undefined {
  switch (name) {
    case 'delivered':
      return 'delivered';
    case 'bounce':
      // `blocked`: refused for now, as by a full mailbox or a policy.
      return type === 'blocked' ? 'soft-bounce' : 'hard-bounce';
    case 'dropped':
      return dropped[reason] ?? 'soft-bounce';
    case 'spamreport':
      return 'complaint';
    case 'unsubscribe':
    case 'group_unsubscribe':
      return 'unsubscribed';
    case 'open':
      return 'opened';
    case 'click':
      return 'clicked';
    default:
      return undefined;
  }
}
