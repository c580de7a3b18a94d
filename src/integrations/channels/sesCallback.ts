import { z } from 'zod';
import type { ProviderNewsKind, ReadCallback } from '../../commands/providerNews.js';
import { readReference } from './messageReference.js';
import { ProviderFault } from './providerChannel.js';
import { requestProvider } from './providerRequest.js';
import { sesTag } from './ses.js';
import { createSnsReader, type ReadAddress, type SnsReaderOptions, snsAddress } from './snsMessage.js';

/** Of an event of SES as an event destination publishes it. */
const sesEvent = z.object({
  eventType: z.string(),
  mail: z.object({ tags: z.record(z.string(), z.array(z.string())).optional() }),
  bounce: z.object({ bounceType: z.string() }).optional(),
});

/** The events of SES, which come by a topic of SNS; a subscription to that topic is confirmed. */
export function readSesCallback(options: SnsReaderOptions): ReadCallback {
  const readMessage = createSnsReader(options);
  return async ({ body }) => {
    const message = await readMessage(body);
    if (message === undefined) return undefined;
    if (message.Type === 'SubscriptionConfirmation') {
      const url = snsAddress(message.SubscribeURL, options.topicArn);
      if (url === undefined) return undefined;
      await options.read(url);
    }
    if (message.Type !== 'Notification') return [];
    const event = parse(message.Message);
    const about = readReference(event?.mail.tags?.[sesTag]?.[0]);
    const kind = event && kindOf(event);
    if (about === undefined || kind === undefined) return [];
    const at = Date.parse(message.Timestamp);
    return [{ ...about, channel: 'email', provider: 'ses', kind, at, providerEventId: message.MessageId }];
  };
}

function parse(text: string): z.infer<typeof sesEvent> | undefined {
  try {
    return sesEvent.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function kindOf({ eventType, bounce }: z.infer<typeof sesEvent>): ProviderNewsKind | undefined {
  switch (eventType) {
    case 'Delivery':
      return 'delivered';
    case 'Bounce':
      return bounce?.bounceType === 'Permanent' ? 'hard-bounce' : 'soft-bounce';
    case 'Complaint':
      return 'complaint';
    case 'Reject':
    case 'Rendering Failure':
      return 'soft-bounce';
    case 'Open':
      return 'opened';
    case 'Click':
      return 'clicked';
    case 'Subscription':
      return 'unsubscribed';
    default:
      return undefined;
  }
}

/** For the whole of a request. Milliseconds. */
const readTimeout = 5000;

/** Over https, without redirects. */
export const readOverHttps: ReadAddress = async (url) => {
  const { status, text } = await requestProvider(url, {}, AbortSignal.timeout(readTimeout));
  if (status >= 500) throw new ProviderFault();
  return status === 200 ? text : undefined;
};
