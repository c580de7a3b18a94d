import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ProviderNewsKind, ReadCallback } from '../../commands/providerNews.js';
import { readReference } from './messageReference.js';

export interface TwilioCallbackOptions {
  readonly authToken: string;
  /** The address that Twilio was given, up to its query. */
  readonly statusCallback: string;
  readonly now: () => number;
}

/**
 * Status callbacks: the signature is an HMAC with SHA-1 over the address and the sorted fields of the form. It holds no
 * time, so that a callback told again can be told apart by its status alone.
 */
export function readTwilioCallback(options: TwilioCallbackOptions): ReadCallback {
  const { authToken, statusCallback, now } = options;
  return async ({ header, body, path }) => {
    const signature = header('x-twilio-signature');
    if (signature === undefined) return undefined;
    const query = path.includes('?') ? path.slice(path.indexOf('?')) : '';
    const form = new URLSearchParams(body.toString());
    const signed = [...form]
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .reduce((text, [name, value]) => text + name + value, statusCallback + query);
    const expected = createHmac('sha1', authToken).update(signed).digest();
    const given = Buffer.from(signature, 'base64');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const message = readReference(new URLSearchParams(query).get('message'));
    const [sid, status, code] = ['MessageSid', 'MessageStatus', 'ErrorCode'].map((name) => form.get(name));
    const kind = kindOf(status, code);
    if (message === undefined || kind === undefined || !sid || sid.length > 100) return [];
    return [
      {
        ...message,
        channel: 'sms',
        provider: 'twilio',
        kind,
        at: now(),
        providerEventId: `${sid}/${status}`,
      },
    ];
  };
}

/** Unknown, out of service, a landline: https://www.twilio.com/docs/api/errors */
const noSuchNumber: ReadonlySet<string> = new Set(['30005', '30006', '21211', '21614']);

function kindOf(
  status: string | null | undefined,
  code: string | null | undefined,
): ProviderNewsKind | undefined {
  if (status === 'delivered') return 'delivered';
  if (status === 'read') return 'opened';
  if (status !== 'undelivered' && status !== 'failed') return undefined;
  if (code === '21610') return 'unsubscribed';
  return noSuchNumber.has(code ?? '') ? 'hard-bounce' : 'soft-bounce';
}
