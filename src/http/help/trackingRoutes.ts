import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ProviderNews, RecordProviderNews } from '../../commands/providerNews.js';
import { CodedError } from '../../domain/errors.js';
import { problemResponses } from '../problems.js';
import type { RateLimits } from '../rateLimits.js';
import { logOf } from '../requestIdentity.js';
import { jsonSchema } from '../schema.js';
import type { LinkTokens, MessageLink } from './linkTokens.js';

export interface TrackingOptions {
  readonly tokens: LinkTokens;
  readonly record: RecordProviderNews;
  readonly take: RateLimits['take'];
  /** Epoch milliseconds. */
  now(): number;
}

/** Of one message: more is shown all the same, and not recorded. */
const rate = { perSecond: 1, burst: 10 };
/** One transparent pixel. */
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const gif = { description: 'A transparent pixel', content: { 'image/gif': { schema: { type: 'string' } } } };
const params = jsonSchema(z.object({ token: z.string() }), 'input');

/** What the links of a message lead to: the image that says it was opened, and addresses that say they were followed. */
export function trackingRoutes({ tokens, record, take, now }: TrackingOptions): FastifyPluginAsync {
  /** Whatever comes of it, the person gets what they asked for. */
  async function tell(request: FastifyRequest, link: MessageLink, kind: ProviderNews['kind']): Promise<void> {
    if (isGuess(request)) return;
    const { tenantId, interventionId, channel } = link;
    try {
      const { allowed } = await take(`links/${tenantId}/${interventionId}`, rate);
      // Each is news once: what is followed twice was followed.
      const news = { tenantId, interventionId, channel, kind, provider: 'links', providerEventId: kind };
      if (allowed) await record({ ...news, at: now() });
    } catch (error) {
      logOf(request).warn({ err: error }, 'what a link said could not be recorded');
    }
  }

  return async (app) => {
    app.get<{ Params: { token: string } }>(
      '/o/:token',
      {
        config: { access: 'public' },
        exposeHeadRoute: false,
        schema: {
          operationId: 'openMessage',
          tags: ['interventions'],
          summary: 'The image of a message: its loading says that the message was opened',
          security: [],
          params,
          response: { 200: gif, ...problemResponses },
        },
      },
      async (request, reply) => {
        const link = existing(tokens.verify('open', request.params.token));
        await tell(request, link, 'opened');
        return reply.header('cache-control', 'no-store').type('image/gif').send(pixel);
      },
    );

    app.get<{ Params: { token: string } }>(
      '/c/:token',
      {
        config: { access: 'public' },
        exposeHeadRoute: false,
        schema: {
          operationId: 'followLink',
          tags: ['interventions'],
          summary: 'Leads to the address that a message holds, and to no other',
          security: [],
          params,
          response: { 302: { description: 'To the address', type: 'null' }, ...problemResponses },
        },
      },
      async (request, reply) => {
        const link = existing(tokens.verify('click', request.params.token));
        await tell(request, link, 'clicked');
        const headers = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
        return reply.headers(headers).redirect(link.url, 302);
      },
    );
  };
}

/** @throws CodedError `not-found` */
export function existing<T>(link: T | undefined): T {
  if (link === undefined) throw new CodedError('not-found', 'There is no such link.');
  return link;
}

/** A browser that fetches ahead of what the person may do. */
function isGuess({ headers }: FastifyRequest): boolean {
  return [headers['sec-purpose'], headers.purpose].some((purpose) =>
    /prefetch|prerender/.test(String(purpose)),
  );
}
