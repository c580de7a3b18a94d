import { verify, X509Certificate } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

/** What Amazon SNS posts to a subscriber. */
const snsMessage = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string().min(1).max(100),
  TopicArn: z.string(),
  Message: z.string(),
  Timestamp: z.iso.datetime(),
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.string().max(2000),
  SigningCertURL: z.string().max(1000),
  Subject: z.string().optional(),
  Token: z.string().optional(),
  SubscribeURL: z.string().optional(),
});
export type SnsMessage = z.infer<typeof snsMessage>;

/** Reads a text over https; how certificates come, and how a subscription is confirmed. */
export type ReadAddress = (url: URL) => Promise<string>;

/** The endpoints of SNS, of whatever region; nothing else is asked for a certificate or told of a confirmation. */
const snsHost = /^sns\.[a-z0-9-]{3,40}\.amazonaws\.com(\.cn)?$/;

export function isSnsAddress(text: string | undefined): text is string {
  if (text === undefined || !URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    url.protocol === 'https:' &&
    url.port === '' &&
    url.username === '' &&
    url.password === '' &&
    snsHost.test(url.hostname)
  );
}

const signedOfNotification = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const;
const signedOfConfirmation = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
] as const;

export interface SnsReaderOptions {
  /** The one topic whose messages count: a topic of anyone's is signed by SNS too. */
  readonly topicArn: string;
  readonly read: ReadAddress;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** SNS goes on trying for an hour by default, and a day at most that a policy makes sense for. Milliseconds. */
const oldest = 25 * 60 * 60_000;
const allowedSkew = 5 * 60_000;

/**
 * Resolves with a message that SNS signed for this topic, else with undefined. Rejects where the certificate cannot be
 * had now.
 */
export function createSnsReader({ topicArn, read, now }: SnsReaderOptions) {
  const certificates = new LRUCache<string, X509Certificate>({ max: 8 });

  async function certificateAt(url: string): Promise<X509Certificate> {
    const known = certificates.get(url);
    if (known !== undefined) return known;
    const certificate = new X509Certificate(await read(new URL(url)));
    certificates.set(url, certificate);
    return certificate;
  }

  return async (body: Buffer): Promise<SnsMessage | undefined> => {
    const message = parse(body);
    if (message === undefined || message.TopicArn !== topicArn) return undefined;
    const age = now() - Date.parse(message.Timestamp);
    if (age > oldest || age < -allowedSkew) return undefined;
    if (!isSnsAddress(message.SigningCertURL) || !message.SigningCertURL.endsWith('.pem')) return undefined;
    const certificate = await certificateAt(message.SigningCertURL);
    const isCurrent = Date.parse(certificate.validFrom) <= now() && now() <= Date.parse(certificate.validTo);
    const hash = message.SignatureVersion === '1' ? 'sha1' : 'sha256';
    const signature = Buffer.from(message.Signature, 'base64');
    const isSigned = verify(hash, Buffer.from(signedText(message)), certificate.publicKey, signature);
    return isCurrent && isSigned ? message : undefined;
  };
}

function parse(body: Buffer): SnsMessage | undefined {
  try {
    return snsMessage.safeParse(JSON.parse(body.toString())).data;
  } catch {
    return undefined;
  }
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html */
function signedText(message: SnsMessage): string {
  const names = message.Type === 'Notification' ? signedOfNotification : signedOfConfirmation;
  return names
    .filter((name) => message[name] !== undefined)
    .map((name) => `${name}\n${message[name]}\n`)
    .join('');
}
