import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { type ChannelEnvironment, channelEnvironment, ecKey } from './channelEnvironment.js';
import { ConfigurationError } from './configurationError.js';

/** Providers that stand in for each other, in the order in which they are tried unless another is set. */
export const interchangeable = { email: ['smtp', 'sendgrid', 'ses'], sms: ['twilio', 'sns'] } as const;

export interface AwsConfiguration {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** What is set of each provider; undefined: it is not used. Holds secrets. */
export interface ChannelConfiguration {
  /** Under which this installation is reached from outside, without a slash at the end; null: links are left as they are. */
  readonly publicUrl: string | null;
  readonly order: readonly string[];
  readonly smtp: { readonly url: URL; readonly requiresTls: boolean; readonly from: string } | undefined;
  readonly sendgrid:
    | {
        readonly baseUrl: string;
        readonly apiKey: string;
        readonly from: string;
        readonly webhookKey: KeyObject | undefined;
      }
    | undefined;
  readonly ses:
    | {
        readonly credentials: AwsConfiguration;
        readonly endpoint: string | undefined;
        readonly from: string;
        readonly configurationSet: string | undefined;
        readonly topicArn: string | undefined;
      }
    | undefined;
  readonly twilio:
    | {
        readonly baseUrl: string;
        readonly accountSid: string;
        readonly authToken: string;
        readonly from: string;
      }
    | undefined;
  readonly sns: { readonly credentials: AwsConfiguration; readonly endpoint: string | undefined } | undefined;
  readonly fcm: { readonly baseUrl: string; readonly accountFile: string } | undefined;
  readonly webPush:
    | { readonly publicKey: string; readonly privateKey: string; readonly subject: string }
    | undefined;
  readonly webhook: { readonly url: URL; readonly secret: Buffer } | undefined;
  /** Hosts, each with its port if not 443, that may be written to though they are not on the public internet. */
  readonly privateHosts: readonly string[];
}

/** @throws ConfigurationError where what belongs together is not there together */
export function channelsOf(data: ChannelEnvironment, privateHosts: readonly string[]): ChannelConfiguration {
  const aws = together(data, ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']);
  const credentials = (needs: keyof ChannelEnvironment): AwsConfiguration => {
    if (aws === undefined) {
      throw new ConfigurationError(`${needs} needs AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`);
    }
    const {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    } = aws;
    return { region, accessKeyId, secretAccessKey, sessionToken: data.AWS_SESSION_TOKEN };
  };
  const smtp = data.SMTP_URL === undefined ? undefined : new URL(data.SMTP_URL);
  const twilio = together(data, ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM']);
  const vapid = together(data, ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY', 'VAPID_SUBJECT']);
  const webhook = together(data, ['WAYMARK_WEBHOOK_URL', 'WAYMARK_WEBHOOK_SECRET']);
  return {
    publicUrl: data.WAYMARK_PUBLIC_URL ?? null,
    order: orderIn(data.WAYMARK_CHANNEL_ORDER),
    smtp: smtp && {
      url: smtp,
      requiresTls: smtp.searchParams.get('tls') !== 'false',
      from: fromOf(data, 'SMTP_URL'),
    },
    sendgrid:
      data.SENDGRID_API_KEY === undefined
        ? undefined
        : {
            baseUrl: data.SENDGRID_BASE_URL,
            apiKey: data.SENDGRID_API_KEY,
            from: fromOf(data, 'SENDGRID_API_KEY'),
            webhookKey:
              data.SENDGRID_WEBHOOK_PUBLIC_KEY === undefined
                ? undefined
                : ecKey(data.SENDGRID_WEBHOOK_PUBLIC_KEY),
          },
    ses:
      data.WAYMARK_SES_FROM === undefined
        ? undefined
        : {
            credentials: credentials('WAYMARK_SES_FROM'),
            endpoint: data.AWS_ENDPOINT_URL_SESV2,
            from: data.WAYMARK_SES_FROM,
            configurationSet: data.WAYMARK_SES_CONFIGURATION_SET,
            topicArn: data.WAYMARK_SES_TOPIC_ARN,
          },
    twilio: twilio && {
      baseUrl: data.TWILIO_BASE_URL,
      accountSid: twilio.TWILIO_ACCOUNT_SID,
      authToken: twilio.TWILIO_AUTH_TOKEN,
      from: twilio.TWILIO_FROM,
    },
    sns:
      data.WAYMARK_SNS_SMS === 'on'
        ? { credentials: credentials('WAYMARK_SNS_SMS'), endpoint: data.AWS_ENDPOINT_URL_SNS }
        : undefined,
    fcm:
      data.FCM_SERVICE_ACCOUNT_FILE === undefined
        ? undefined
        : { baseUrl: data.FCM_BASE_URL, accountFile: data.FCM_SERVICE_ACCOUNT_FILE },
    webPush: vapid && {
      publicKey: vapid.VAPID_PUBLIC_KEY,
      privateKey: vapid.VAPID_PRIVATE_KEY,
      subject: vapid.VAPID_SUBJECT,
    },
    webhook: webhook && {
      url: new URL(webhook.WAYMARK_WEBHOOK_URL),
      secret: Buffer.from(webhook.WAYMARK_WEBHOOK_SECRET.slice('whsec_'.length), 'base64'),
    },
    privateHosts,
  };
}

/** Where there is nothing to be set: what an installation has without configuration. */
export const noChannels: ChannelConfiguration = channelsOf(z.object(channelEnvironment).parse({}), []);

/** All of them, or undefined where none is set. @throws ConfigurationError */
function together<N extends keyof ChannelEnvironment>(
  data: ChannelEnvironment,
  names: readonly N[],
): { readonly [K in N]: NonNullable<ChannelEnvironment[K]> } | undefined {
  const missing = names.filter((name) => data[name] === undefined);
  if (missing.length === names.length) return undefined;
  if (isComplete(data, names)) return data;
  throw new ConfigurationError(`${names.join(', ')} belong together: set ${missing.join(' and ')} too`);
}

function isComplete<N extends keyof ChannelEnvironment>(
  data: ChannelEnvironment,
  names: readonly N[],
): data is ChannelEnvironment & { readonly [K in N]: NonNullable<ChannelEnvironment[K]> } {
  return names.every((name) => data[name] !== undefined);
}

function fromOf({ WAYMARK_EMAIL_FROM: from }: ChannelEnvironment, needs: keyof ChannelEnvironment): string {
  if (from === undefined) throw new ConfigurationError(`${needs} needs WAYMARK_EMAIL_FROM`);
  return from;
}

/** `email=sendgrid,smtp;sms=sns,twilio`: what is named comes first, in that order. @throws ConfigurationError */
function orderIn(text: string | undefined): readonly string[] {
  const named: string[] = [];
  for (const part of text === undefined ? [] : text.split(';')) {
    const [channel = '', providers = ''] = part.split('=').map((side) => side.trim());
    const known: readonly string[] = channel === 'email' || channel === 'sms' ? interchangeable[channel] : [];
    const given = providers.split(',').map((provider) => provider.trim());
    if (!given.every((provider) => known.includes(provider)) || new Set(given).size < given.length) {
      throw new ConfigurationError(
        'WAYMARK_CHANNEL_ORDER: must be like email=sendgrid,smtp;sms=sns,twilio, with the providers smtp, sendgrid, ses and twilio, sns',
      );
    }
    named.push(...given);
  }
  return [
    ...named,
    ...Object.values(interchangeable)
      .flat()
      .filter((provider) => !named.includes(provider)),
  ];
}
