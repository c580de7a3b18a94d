import { gaxios, JWT } from 'google-auth-library';
import { z } from 'zod';
import type { ChannelMessage, ChannelOutcome } from '../../commands/channel.js';
import { firstLinkOf } from '../../commands/textLinks.js';
import { collapseKeyOf } from './collapseKey.js';
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

/** What is used of the file that Google Cloud gives out for a service account. */
export const serviceAccount = z.object({
  project_id: z.string().min(1),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  token_uri: z.url({ protocol: /^https?$/ }),
});
export type ServiceAccount = z.infer<typeof serviceAccount>;

export interface FcmOptions {
  /** `https://fcm.googleapis.com`. */
  readonly baseUrl: string;
  readonly account: ServiceAccount;
  readonly now: () => number;
  readonly limits?: Partial<CallLimits>;
}

const scope = 'https://www.googleapis.com/auth/firebase.messaging';
/** Milliseconds that Google asks to wait at least where the quota is spent. */
const quotaWait = 60_000;

const sent = z.object({ name: z.string() });
const failure = z.object({
  error: z.object({
    status: z.string().optional(),
    message: z.string().optional(),
    details: z
      .array(
        z.looseObject({
          errorCode: z.string().optional(),
          fieldViolations: z.array(z.looseObject({ field: z.string().optional() })).optional(),
        }),
      )
      .optional(),
  }),
});

/** Push by Firebase Cloud Messaging, HTTP v1. A message sent again takes the place of the first on the device. */
export function fcmChannel({ baseUrl, account, now, limits = {} }: FcmOptions): ProviderChannel {
  const url = `${baseUrl}/v1/projects/${encodeURIComponent(account.project_id)}/messages:send`;
  const client = clientOf(account);

  async function deliver(message: ChannelMessage, signal: AbortSignal): Promise<ChannelOutcome> {
    const { address } = message;
    if (typeof address !== 'string' || !/^[\w:.-]{16,4096}$/.test(address)) return invalidAddress;
    const authorization = await authorizationOf(client, url);
    const answer = await requestProvider(
      url,
      {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ message: bodyOf(message, address, now()) }),
      },
      signal,
    );
    if (answer.status === 200) return accepted(sent.safeParse(jsonOf(answer)).data?.name ?? null);
    return outcomeOf(answer, now());
  }

  const description = {
    channel: 'push',
    provider: 'fcm',
    addressedBy: 'pushToken',
    deduplicates: true,
  } as const;
  return providerChannel({ ...description, now, limits }, deliver);
}

/** The library knows one address for tokens; the service account's own is used. */
function clientOf({ client_email, private_key, token_uri }: ServiceAccount): JWT {
  const transporter = new gaxios.Gaxios({ timeout: 8000 });
  transporter.interceptors.request.add({
    resolved: async (request) =>
      Object.assign(request, { url: new URL(token_uri), retryConfig: { retry: 0 } }),
  });
  return new JWT({ email: client_email, key: private_key, scopes: [scope], transporter });
}

/** @throws ProviderFault with an outcome: without a token nothing was sent */
async function authorizationOf(client: JWT, url: string): Promise<string> {
  try {
    const headers = await client.getRequestHeaders(url);
    return headers.get('authorization') ?? '';
  } catch (error) {
    const status = error instanceof gaxios.GaxiosError ? error.status : undefined;
    const isRefused = status === 400 || status === 401 || status === 403;
    throw new ProviderFault(later(isRefused ? 'credentials-refused' : 'unreachable'));
  }
}

function bodyOf(message: ChannelMessage, token: string, now: number): object {
  const { title, body, links, data, expiresAt } = message;
  const link = firstLinkOf(body);
  const seconds = Math.max(1, Math.floor((expiresAt - now) / 1000));
  const key = collapseKeyOf(message);
  return {
    token,
    notification: { title, body },
    data: {
      interventionId: data.interventionId,
      ...(data.featureId !== null && { featureId: data.featureId }),
      ...(link !== undefined && { link: links.click(link) }),
    },
    android: { ttl: `${seconds}s`, collapse_key: key, notification: { tag: key } },
    apns: {
      headers: { 'apns-expiration': String(Math.floor(expiresAt / 1000)), 'apns-collapse-id': key },
    },
    webpush: { headers: { TTL: String(seconds), Topic: key } },
  };
}

/** By https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode @throws ProviderFault */
function outcomeOf(answer: ProviderAnswer, now: number): ChannelOutcome {
  const { status, headers } = answer;
  const error = failure.safeParse(jsonOf(answer)).data?.error;
  const details = error?.details ?? [];
  const code = details.find(({ errorCode }) => errorCode !== undefined)?.errorCode ?? error?.status;
  switch (code) {
    case 'UNREGISTERED':
      return refused('unregistered', 'unregistered');
    case 'SENDER_ID_MISMATCH':
      return refused('sender-id-mismatch', 'unregistered');
    case 'QUOTA_EXCEEDED':
    case 'RESOURCE_EXHAUSTED':
      return later('rate-limited', retryAfterIn(headers.get('retry-after'), now) ?? quotaWait);
    case 'THIRD_PARTY_AUTH_ERROR':
      throw new ProviderFault(later('credentials-refused'));
    case 'INVALID_ARGUMENT': {
      const fields = details.flatMap(({ fieldViolations = [] }) => fieldViolations.map(({ field }) => field));
      const isToken = fields.includes('message.token') || /registration token/i.test(error?.message ?? '');
      return refused('invalid-argument', isToken ? 'invalid-address' : undefined);
    }
    default:
      return outcomeOfStatus(status, headers.get('retry-after'), now);
  }
}
