import { z } from 'zod';
import type { ChannelMessage, ChannelOutcome } from '../../commands/channel.js';
import { isMailAddress, mailboxOf, mailContentOf } from './mailContent.js';
import { referenceOf } from './messageReference.js';
import {
  accepted,
  type CallLimits,
  invalidAddress,
  type ProviderChannel,
  providerChannel,
  refused,
} from './providerChannel.js';
import { jsonOf, outcomeOfStatus, requestProvider } from './providerRequest.js';

export interface SendgridOptions {
  /** `https://api.sendgrid.com`, or `https://api.eu.sendgrid.com` for an account in the EU. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** An address, with or without a name. */
  readonly from: string;
  readonly now: () => number;
  readonly limits?: Partial<CallLimits>;
}

/** Of what is wrong SendGrid names the field, such as `personalizations.0.to.0.email`. */
const faults = z.object({ errors: z.array(z.object({ field: z.string().nullish() })) });

/** E-mail by SendGrid's v3 API. Its events come back with what `custom_args` said. */
export function sendgridChannel(options: SendgridOptions): ProviderChannel {
  const { baseUrl, apiKey, from, now, limits = {} } = options;
  const { name, address } = mailboxOf(from);
  const sender = { email: address, ...(name !== undefined && { name }) };

  async function deliver(message: ChannelMessage, signal: AbortSignal): Promise<ChannelOutcome> {
    const { address } = message;
    if (!isMailAddress(address)) return invalidAddress;
    const { subject, text, html, headers } = mailContentOf(message);
    const off = { enable: false };
    const body = {
      personalizations: [{ to: [{ email: address }], custom_args: { waymark: referenceOf(message) } }],
      from: sender,
      subject,
      content: [
        { type: 'text/plain', value: text },
        { type: 'text/html', value: html },
      ],
      headers,
      // The message's links are our own already, and so is its way out.
      tracking_settings: { click_tracking: off, open_tracking: off, subscription_tracking: off },
    };
    const answer = await requestProvider(
      `${baseUrl}/v3/mail/send`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
      signal,
    );
    if (answer.status === 202) return accepted(answer.headers.get('x-message-id'));
    const parsed = answer.status === 400 ? faults.safeParse(jsonOf(answer)) : undefined;
    const isAddress = parsed?.data?.errors.some(({ field }) =>
      /^personalizations\.\d+\.to\b/.test(field ?? ''),
    );
    return isAddress
      ? refused('http-400', 'invalid-address')
      : outcomeOfStatus(answer.status, answer.headers.get('retry-after'), now());
  }

  const description = {
    channel: 'email',
    provider: 'sendgrid',
    addressedBy: 'email',
    deduplicates: false,
  } as const;
  return providerChannel({ ...description, now, limits }, deliver);
}
