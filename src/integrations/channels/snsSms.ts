import type { ChannelMessage, ChannelOutcome } from '../../commands/channel.js';
import { type AwsCredentials, awsSigner } from './aws.js';
import { phoneNumberOf } from './phone.js';
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
import { outcomeOfStatus, type ProviderAnswer, requestProvider, retryAfterIn } from './providerRequest.js';
import { smsTextOf } from './smsText.js';

export interface SnsSmsOptions {
  readonly credentials: AwsCredentials;
  /** Default: the region's. */
  readonly endpoint: string | undefined;
  readonly now: () => number;
  readonly limits?: Partial<CallLimits>;
}

/** SMS by Amazon SNS, straight to a number. What becomes of them SNS writes into CloudWatch and tells nobody else. */
export function snsSmsChannel(options: SnsSmsOptions): ProviderChannel {
  const { credentials, now, limits = {} } = options;
  const { endpoint = `https://sns.${credentials.region}.amazonaws.com` } = options;
  const signer = awsSigner(credentials, 'sns');

  async function deliver(message: ChannelMessage, signal: AbortSignal): Promise<ChannelOutcome> {
    const to = phoneNumberOf(message.address);
    const text = smsTextOf(message);
    if (to === undefined) return invalidAddress;
    if (text === undefined) return refused('too-long');
    const form = new URLSearchParams({
      Action: 'Publish',
      Version: '2010-03-31',
      PhoneNumber: to,
      Message: text,
      'MessageAttributes.entry.1.Name': 'AWS.SNS.SMS.SMSType',
      'MessageAttributes.entry.1.Value.DataType': 'String',
      'MessageAttributes.entry.1.Value.StringValue': 'Transactional',
    });
    const request = await signer.sign(`${endpoint}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    const answer = await requestProvider(request, {}, signal);
    return answer.status === 200
      ? accepted(elementIn(answer.text, 'MessageId') ?? null)
      : outcomeOf(answer, now());
  }

  const description = { channel: 'sms', provider: 'sns', addressedBy: 'phone', deduplicates: false } as const;
  return providerChannel({ ...description, now, limits }, deliver);
}

/** @throws ProviderFault */
function outcomeOf({ status, headers, text }: ProviderAnswer, now: number): ChannelOutcome {
  const code = elementIn(text, 'Code') ?? '';
  if (/^Throttl/.test(code)) return later('rate-limited', retryAfterIn(headers.get('retry-after'), now));
  if (/^OptedOut/.test(code)) return refused('opted-out', 'complaint');
  if (/^InvalidParameter/.test(code))
    return refused('invalid-parameter', aboutNumber.test(text) ? 'invalid-address' : undefined);
  if (/^(AuthorizationError|InvalidSecurity|InvalidClientTokenId|SignatureDoesNotMatch)/.test(code)) {
    throw new ProviderFault(later('credentials-refused'));
  }
  return outcomeOfStatus(status, headers.get('retry-after'), now);
}

/** What SNS says of a number it cannot send to. */
const aboutNumber = /Invalid parameter: PhoneNumber|phone number/i;

/** The text of an element of the short answers of SNS, which hold no markup. */
function elementIn(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]{1,200})</${name}>`).exec(xml)?.[1];
}
