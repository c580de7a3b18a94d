import { createHmac } from 'node:crypto';
import type { ChannelMessage, ChannelOutcome } from '../../commands/channel.js';
import { rewriteLinks } from '../../commands/textLinks.js';
import type { CheckedPost } from '../callbacks/checkedPost.js';
import {
  accepted,
  type CallLimits,
  type ProviderChannel,
  providerChannel,
  refused,
} from './providerChannel.js';
import { faultOf, outcomeOfStatus } from './providerRequest.js';

export interface WebhookOptions {
  readonly url: URL;
  /** The key of the signature. */
  readonly secret: Buffer;
  readonly post: CheckedPost;
  readonly now: () => number;
  readonly limits?: Partial<CallLimits>;
}

/** A message to an application of one's own, signed in the form of Standard Webhooks. */
export function webhookChannel({ url, secret, post, now, limits = {} }: WebhookOptions): ProviderChannel {
  async function deliver(message: ChannelMessage, signal: AbortSignal): Promise<ChannelOutcome> {
    const body = Buffer.from(JSON.stringify(bodyOf(message, now())));
    const headers = { 'content-type': 'application/json', ...signed(message, body) };
    try {
      const answer = await post(url, body, headers, signal);
      if (answer.status >= 200 && answer.status < 300) return accepted(null);
      if (answer.status === 410) return refused('gone');
      return outcomeOfStatus(answer.status, answer.headers['retry-after'], now());
    } catch (error) {
      throw faultOf(error);
    }
  }

  /** The id is the same for the same message: whoever takes it can tell a repetition. */
  function signed({ idempotencyKey }: ChannelMessage, body: Buffer): Record<string, string> {
    const timestamp = String(Math.floor(now() / 1000));
    const mac = createHmac('sha256', secret).update(`${idempotencyKey}.${timestamp}.`).update(body);
    return {
      'webhook-id': idempotencyKey,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${mac.digest('base64')}`,
    };
  }

  const description = {
    channel: 'webhook',
    provider: 'webhook',
    addressedBy: null,
    deduplicates: true,
  } as const;
  return providerChannel({ ...description, now, limits }, deliver);
}

function bodyOf(message: ChannelMessage, now: number): object {
  const { tenantId, address, language, title, body, links, expiresAt, data } = message;
  return {
    type: 'intervention.message',
    timestamp: new Date(now).toISOString(),
    data: {
      ...data,
      tenantId,
      userId: typeof address === 'string' ? address : null,
      language,
      title,
      body: rewriteLinks(body, links.click),
      expiresAt: new Date(expiresAt).toISOString(),
    },
  };
}
