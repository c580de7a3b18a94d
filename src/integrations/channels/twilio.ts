import { z } from 'zod';
import type { ChannelMessage, ChannelOutcome } from '../../commands/channel.js';
import type { Suppression } from '../../domain/reachability/events.js';
import { referenceOf } from './messageReference.js';
import { phoneNumberOf } from './phone.js';
import {
  accepted,
  type CallLimits,
  invalidAddress,
  later,
  type ProviderChannel,
  providerChannel,
  refused,
} from './providerChannel.js';
import { jsonOf, outcomeOfStatus, requestProvider, retryAfterIn } from './providerRequest.js';
import { smsTextOf } from './smsText.js';

export interface TwilioOptions {
  /** `https://api.twilio.com`, or that of another region. */
  readonly baseUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** A number, a sender's name, or the id of a messaging service (`MG…`). */
  readonly from: string;
  /** Where Twilio tells what became of a message; null where it cannot reach us. */
  readonly statusCallback: string | null;
  readonly now: () => number;
  readonly limits?: Partial<CallLimits>;
}

/** Seconds for which Twilio may keep a message waiting. */
const shortestWait = 5;
const longestWait = 14_400;

const created = z.object({ sid: z.string() });
const failure = z.object({ code: z.int() });

/** Errors that are about the number: https://www.twilio.com/docs/api/errors */
const numberFaults: Readonly<Record<number, Suppression>> = {
  21211: 'invalid-address',
  21217: 'invalid-address',
  21614: 'invalid-address',
  21635: 'invalid-address',
  // The person has written STOP.
  21610: 'complaint',
};
/** Its queue for this sender is full. */
const queueFull: ReadonlySet<number> = new Set([21611, 30001]);

/** SMS by Twilio's Messages API. */
export function twilioChannel(options: TwilioOptions): ProviderChannel {
  const { baseUrl, accountSid, authToken, from, statusCallback, now, limits = {} } = options;
  const url = `${baseUrl}/2010-04-01/Accounts/${accountSid}/Messages.json`;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;

  async function deliver(message: ChannelMessage, signal: AbortSignal): Promise<ChannelOutcome> {
    const to = phoneNumberOf(message.address);
    const text = smsTextOf(message);
    if (to === undefined) return invalidAddress;
    if (text === undefined) return refused('too-long');
    const seconds = Math.ceil((message.expiresAt - now()) / 1000);
    const form = new URLSearchParams({
      To: to,
      Body: text,
      ...(from.startsWith('MG') ? { MessagingServiceSid: from } : { From: from }),
      ValidityPeriod: String(Math.min(Math.max(seconds, shortestWait), longestWait)),
    });
    if (statusCallback !== null)
      form.set('StatusCallback', `${statusCallback}?message=${referenceOf(message)}`);
    const answer = await requestProvider(
      url,
      { method: 'POST', headers: { authorization }, body: form },
      signal,
    );
    if (answer.status === 201) return accepted(created.safeParse(jsonOf(answer)).data?.sid ?? null);
    const code = failure.safeParse(jsonOf(answer)).data?.code;
    if (code !== undefined && answer.status === 400) {
      return queueFull.has(code)
        ? later(`twilio-${code}`, retryAfterIn(answer.headers.get('retry-after'), now()))
        : refused(`twilio-${code}`, numberFaults[code]);
    }
    return outcomeOfStatus(answer.status, answer.headers.get('retry-after'), now());
  }

  const description = {
    channel: 'sms',
    provider: 'twilio',
    addressedBy: 'phone',
    deduplicates: false,
  } as const;
  return providerChannel({ ...description, now, limits }, deliver);
}
