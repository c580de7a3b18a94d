import webPush from 'web-push';
import { z } from 'zod';
import type { ChannelMessage, ChannelOutcome } from '../../commands/channel.js';
import { firstLinkOf } from '../../commands/textLinks.js';
import type { CheckedAnswer, CheckedPost } from '../callbacks/checkedPost.js';
import { collapseKeyOf } from './collapseKey.js';
import {
  accepted,
  type CallLimits,
  invalidAddress,
  type ProviderChannel,
  providerChannel,
  refused,
} from './providerChannel.js';
import { faultOf, outcomeOfStatus } from './providerRequest.js';

export interface WebPushOptions {
  readonly vapid: { readonly subject: string; readonly publicKey: string; readonly privateKey: string };
  /** Whether a subscription may lead to this host; subscriptions come from browsers, and anyone can send one. */
  isPushService(host: string): boolean;
  /** How an endpoint is written to. */
  postTo(endpoint: URL): CheckedPost;
  readonly now: () => number;
  readonly limits?: Partial<CallLimits>;
}

/** A browser's PushSubscription as JSON, as an object or as text. */
const subscription = z.object({
  endpoint: z.url({ protocol: /^https?$/ }).max(2000),
  keys: z.object({
    p256dh: z.string().regex(/^[\w-]{80,100}={0,2}$/),
    auth: z.string().regex(/^[\w-]{20,30}={0,2}$/),
  }),
});

/** More a push service need not take (RFC 8030, section 7.2); what encryption adds is left out of it. */
const longestPayload = 3800;

/** Push to browsers (RFC 8030, 8291, 8292). The page's service worker shows the payload, under its `tag` once. */
export function webPushChannel({
  vapid,
  isPushService,
  postTo,
  now,
  limits = {},
}: WebPushOptions): ProviderChannel {
  async function deliver(message: ChannelMessage, signal: AbortSignal): Promise<ChannelOutcome> {
    const to = subscription.safeParse(subscriptionIn(message.address)).data;
    const endpoint = to && new URL(to.endpoint);
    if (to === undefined || endpoint === undefined || !isPushService(endpoint.host)) return invalidAddress;
    const payload = JSON.stringify(payloadOf(message));
    if (Buffer.byteLength(payload) > longestPayload) return refused('too-long');
    const request = requestFor(to, payload, message);
    if (request === undefined) return invalidAddress;
    try {
      const { status, headers } = await postTo(endpoint)(endpoint, request.body, request.headers, signal);
      return outcomeOf(status, headers);
    } catch (error) {
      throw faultOf(error);
    }
  }

  /** Undefined where the subscription's keys are none. */
  function requestFor(to: z.infer<typeof subscription>, payload: string, message: ChannelMessage) {
    try {
      const details = webPush.generateRequestDetails(to, payload, {
        vapidDetails: vapid,
        TTL: Math.max(0, Math.floor((message.expiresAt - now()) / 1000)),
        topic: collapseKeyOf(message),
        urgency: 'normal',
        contentEncoding: 'aes128gcm',
      });
      const headers = Object.entries(details.headers).map(([name, value]) => [name, String(value)] as const);
      return { body: details.body, headers: Object.fromEntries(headers) };
    } catch {
      return undefined;
    }
  }

  function outcomeOf(status: number, headers: CheckedAnswer['headers']): ChannelOutcome {
    if (status >= 200 && status < 300) return accepted(headers.location ?? null);
    if (status === 404 || status === 410) return refused('unregistered', 'unregistered');
    // The subscription was made with another public key.
    if (status === 401 || status === 403) return refused('vapid-refused');
    return outcomeOfStatus(status, headers['retry-after'], now());
  }

  const description = {
    channel: 'push',
    provider: 'web-push',
    addressedBy: 'webPush',
    deduplicates: true,
  } as const;
  return providerChannel({ ...description, now, limits }, deliver);
}

function subscriptionIn(address: ChannelMessage['address']): unknown {
  if (typeof address !== 'string') return address;
  try {
    return JSON.parse(address);
  } catch {
    return undefined;
  }
}

function payloadOf(message: ChannelMessage): object {
  const { title, body, links, data, language } = message;
  const link = firstLinkOf(body);
  return {
    title,
    body,
    language,
    tag: collapseKeyOf(message),
    link: link === undefined ? null : links.click(link),
    interventionId: data.interventionId,
    featureId: data.featureId,
  };
}

/** The push services of the browsers. */
const browserServices =
  /^(fcm\.googleapis\.com|([a-z0-9-]+\.)*push\.services\.mozilla\.com|([a-z0-9-]+\.)+notify\.windows\.com|([a-z0-9-]+\.)*push\.apple\.com)$/;

/** @param others hosts, with a port where it is not 443, of other push services */
export function pushServices(others: readonly string[]): (host: string) => boolean {
  return (host) => browserServices.test(host) || others.includes(host);
}
