import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** https, or http to this machine; without credentials, query and fragment. */
function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username !== '' || password !== '' || search !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname));
}

const address = z.string().refine(isAddress, 'must be an https address (http to this machine alone)');
const baseUrl = address.transform((text) => text.replace(/\/+$/, ''));
const mailbox = z
  .string()
  .regex(
    /^(?:[^<>"\p{Cc}]{1,100} <([^\s<>@]+@[^\s<>@]+)>|[^\s<>@]+@[^\s<>@]+)$/u,
    'must be an e-mail address, with or without a name: Shop <help@shop.example>',
  );
const secret = z.string().regex(/^[\x21-\x7e]{1,1024}$/, 'must be printable, without blanks');
const token = (pattern: RegExp, message: string) => z.string().regex(pattern, message);

/** The part of the environment that is about reaching people. */
export const channelEnvironment = {
  WAYMARK_PUBLIC_URL: baseUrl.optional(),
  WAYMARK_EMAIL_FROM: mailbox.optional(),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'must be smtp://… or smtps://…' })
    .refine(
      smtpIsSafe,
      'tls=false is for a server on this machine alone; nothing else may stand in the query',
    )
    .optional(),
  SENDGRID_API_KEY: secret.optional(),
  SENDGRID_BASE_URL: baseUrl.default('https://api.sendgrid.com'),
  SENDGRID_WEBHOOK_PUBLIC_KEY: z.string().refine(isEcKey, 'must be the key as SendGrid shows it').optional(),
  AWS_REGION: token(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be the name of a region').optional(),
  AWS_ACCESS_KEY_ID: secret.optional(),
  AWS_SECRET_ACCESS_KEY: secret.optional(),
  AWS_SESSION_TOKEN: z.string().min(1).optional(),
  AWS_ENDPOINT_URL_SESV2: baseUrl.optional(),
  AWS_ENDPOINT_URL_SNS: baseUrl.optional(),
  WAYMARK_SES_FROM: mailbox.optional(),
  WAYMARK_SES_CONFIGURATION_SET: token(/^[\w-]{1,64}$/, 'must be the name of a configuration set').optional(),
  WAYMARK_SES_TOPIC_ARN: token(
    /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
    'must be the ARN of a topic of SNS',
  ).optional(),
  WAYMARK_SNS_SMS: z.enum(['on', 'off']).default('off'),
  TWILIO_ACCOUNT_SID: token(/^AC[0-9a-f]{32}$/i, 'must be an account SID').optional(),
  TWILIO_AUTH_TOKEN: secret.optional(),
  TWILIO_FROM: token(
    /^(\+[1-9]\d{4,14}|MG[0-9a-f]{32}|[A-Za-z0-9 ]{1,11})$/i,
    "must be a number (+49…), a messaging service (MG…) or a sender's name",
  ).optional(),
  TWILIO_BASE_URL: baseUrl.default('https://api.twilio.com'),
  FCM_SERVICE_ACCOUNT_FILE: z.string().min(1).optional(),
  FCM_BASE_URL: baseUrl.default('https://fcm.googleapis.com'),
  VAPID_PUBLIC_KEY: token(/^[\w-]{87}$/, 'must be a VAPID key').optional(),
  VAPID_PRIVATE_KEY: token(/^[\w-]{43}$/, 'must be a VAPID key').optional(),
  VAPID_SUBJECT: token(/^(mailto:\S+@\S+|https:\/\/\S+)$/, 'must be mailto:… or https://…').optional(),
  WAYMARK_WEBHOOK_URL: address.optional(),
  WAYMARK_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and 24 to 64 random bytes in base64')
    .optional(),
  WAYMARK_CHANNEL_ORDER: z.string().optional(),
};
export type ChannelEnvironment = z.infer<z.ZodObject<typeof channelEnvironment>>;

function smtpIsSafe(text: string): boolean {
  const { protocol, hostname, search } = new URL(text);
  if (search === '') return hostname !== '';
  return search === '?tls=false' && protocol === 'smtp:' && loopback.test(hostname);
}

/** Base64 of a DER-encoded SubjectPublicKeyInfo. */
export function ecKey(text: string): KeyObject {
  return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
}

function isEcKey(text: string): boolean {
  try {
    return ecKey(text).asymmetricKeyType === 'ec';
  } catch {
    return false;
  }
}
