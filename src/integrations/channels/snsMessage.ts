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

/**
 * Reads a text over https: how certificates come, and how a subscription is confirmed. Undefined where there is none;
 * rejects where the host cannot be reached.
 */
export type ReadAddress = (url: URL) => Promise<string | undefined>;

/** An address of SNS in the topic's own region; nothing else is asked for a certificate or told of a confirmation. */
export function snsAddress(text: string | undefined, topicArn: string): URL | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const [, partition = '', , region = ''] = topicArn.split(':');
  const host = `sns.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`;
  const isPlain = url.protocol === 'https:' && url.username === '' && url.password === '';
  return isPlain && url.host === host ? url : undefined;
}

const certificatePath = /^\/SimpleNotificationService-[0-9a-f]{8,64}\.pem$/;
/** Certificates that are read at the same time: whoever makes names up gets no more out of us. */
const mostReads = 4;

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
  let reads = 0;

  async function certificateAt(url: URL): Promise<X509Certificate | undefined> {
    const known = certificates.get(url.href);
    if (known !== undefined) return known;
    if (reads >= mostReads) throw new Error('Too many certificates are being read.');
    reads += 1;
    try {
      const text = await read(url);
      if (text === undefined) return undefined;
      const certificate = new X509Certificate(text);
      certificates.set(url.href, certificate);
      return certificate;
    } finally {
      reads -= 1;
    }
  }

  return async (body: Buffer): Promise<SnsMessage | undefined> => {
    const message = parse(body);
    if (message === undefined || message.TopicArn !== topicArn) return undefined;
    const age = now() - Date.parse(message.Timestamp);
    if (age > oldest || age < -allowedSkew) return undefined;
    const url = snsAddress(message.SigningCertURL, topicArn);
    if (url === undefined || !certificatePath.test(url.pathname)) return undefined;
    const certificate = await certificateAt(url);
    if (certificate === undefined) return undefined;
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
