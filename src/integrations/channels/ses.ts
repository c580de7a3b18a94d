import { z } from 'zod';
import type { ChannelMessage, ChannelOutcome } from '../../commands/channel.js';
import { type AwsCredentials, awsSigner } from './aws.js';
import { isMailAddress, mailContentOf } from './mailContent.js';
import { referenceOf } from './messageReference.js';
import {
  accepted,
  type CallLimits,
  invalidAddress,
  later,
  type ProviderChannel,
  ProviderFault,
  providerChannel,
  refused,
} from './providerChannel.js';
import {
  jsonOf,
  outcomeOfStatus,
  type ProviderAnswer,
  requestProvider,
  retryAfterIn,
} from './providerRequest.js';

export interface SesOptions {
  readonly credentials: AwsCredentials;
  /** Default: the region's. */
  readonly endpoint: string | undefined;
  readonly from: string;
  /** Its event destination publishes bounces, complaints and deliveries. */
  readonly configurationSet: string | undefined;
  readonly now: () => number;
  readonly limits?: Partial<CallLimits>;
}

/** The tag that comes back with each event. */
export const sesTag = 'waymark';
const sent = z.object({ MessageId: z.string() });

/** E-mail by Amazon SES, API v2. */
export function sesChannel(options: SesOptions): ProviderChannel {
  const { credentials, from, configurationSet, now, limits = {} } = options;
  const { endpoint = `https://email.${credentials.region}.amazonaws.com` } = options;
  const signer = awsSigner(credentials, 'ses');

  async function deliver(message: ChannelMessage, signal: AbortSignal): Promise<ChannelOutcome> {
    const { address } = message;
    if (!isMailAddress(address)) return invalidAddress;
    const { subject, text, html, headers } = mailContentOf(message);
    const part = (Data: string) => ({ Data, Charset: 'UTF-8' });
    const body = {
      FromEmailAddress: from,
      Destination: { ToAddresses: [address] },
      Content: {
        Simple: {
          Subject: part(subject),
          Body: { Text: part(text), Html: part(html) },
          Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })),
        },
      },
      EmailTags: [{ Name: sesTag, Value: referenceOf(message) }],
      ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
    };
    const request = await signer.sign(`${endpoint}/v2/email/outbound-emails`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = await requestProvider(request, {}, signal);
    if (answer.status !== 200) return outcomeOf(answer, now());
    return accepted(sent.safeParse(jsonOf(answer)).data?.MessageId ?? null);
  }

  const description = {
    channel: 'email',
    provider: 'ses',
    addressedBy: 'email',
    deduplicates: false,
  } as const;
  return providerChannel({ ...description, now, limits }, deliver);
}

/** Of the account, not of the message: another provider may still take it. */
const accountFaults: ReadonlySet<string> = new Set([
  'AccountSuspendedException',
  'SendingPausedException',
  'MailFromDomainNotVerifiedException',
  'NotFoundException',
]);

/** @throws ProviderFault */
function outcomeOf({ status, headers }: ProviderAnswer, now: number): ChannelOutcome {
  const [type = ''] = (headers.get('x-amzn-errortype') ?? '').split(':');
  if (accountFaults.has(type)) throw new ProviderFault(later('account-refused'));
  if (type === 'TooManyRequestsException' || type === 'LimitExceededException') {
    return later('rate-limited', retryAfterIn(headers.get('retry-after'), now));
  }
  return type === 'MessageRejected'
    ? refused('message-rejected')
    : outcomeOfStatus(status, headers.get('retry-after'), now);
}
