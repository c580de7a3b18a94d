import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { Unsubscribe } from '../../commands/help/unsubscribe.js';
import { CodedError } from '../../domain/errors.js';
import { problemResponses } from '../problems.js';
import type { RateLimits } from '../rateLimits.js';
import { jsonSchema } from '../schema.js';
import type { LinkTokens } from './linkTokens.js';
import { existing } from './trackingRoutes.js';
import { askingPage, donePage, pageHeaders, pageLanguage } from './unsubscribePage.js';

export interface UnsubscribeOptions {
  readonly tokens: LinkTokens;
  readonly unsubscribe: Unsubscribe;
  readonly take: RateLimits['take'];
}

/** Of one person: saying it again changes nothing, and costs something. */
const rate = { perSecond: 0.2, burst: 5 };
/** A form of one field, as RFC 8058 sends it; what it says does not matter. */
const longestForm = 1024;

const params = jsonSchema(z.object({ token: z.string() }), 'input');
const pageResponse = {
  description: 'A page for the person',
  content: { 'text/html': { schema: { type: 'string' } } },
};

/** The way out that a message holds. A GET asks and changes nothing: mail scanners follow every link. */
export function unsubscribeRoutes({ tokens, unsubscribe, take }: UnsubscribeOptions): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: longestForm }, (_, __, done) => done(null));

    app.get<{ Params: { token: string } }>(
      '/unsubscribe/:token',
      {
        config: { access: 'public' },
        exposeHeadRoute: false,
        schema: {
          operationId: 'askToUnsubscribe',
          tags: ['interventions'],
          summary: 'Asks a person whether they want no more messages over this channel',
          security: [],
          params,
          response: { 200: pageResponse, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { channel, language } = existing(tokens.verify('unsubscribe', request.params.token));
        const spoken = pageLanguage(language, request.headers['accept-language']);
        return reply.headers(pageHeaders).send(askingPage(spoken, channel));
      },
    );

    app.post<{ Params: { token: string } }>(
      '/unsubscribe/:token',
      {
        config: { access: 'public' },
        schema: {
          operationId: 'unsubscribe',
          tags: ['interventions'],
          summary: "Withdraws a person's consent to messages over this channel",
          description:
            'Takes the one-click form of RFC 8058 (`List-Unsubscribe=One-Click`) as mail programs send it, and the form of the page.',
          security: [],
          params,
          response: { 200: pageResponse, ...problemResponses },
        },
      },
      async (request, reply) => {
        const link = existing(tokens.verify('unsubscribe', request.params.token));
        const { allowed, retryAfter } = await take(`unsubscribe/${link.tenantId}/${link.subject}`, rate);
        if (!allowed) {
          throw new CodedError('rate-limited', 'This was said several times already.', {
            retryAfterSeconds: Math.max(1, Math.ceil(retryAfter / 1000)),
          });
        }
        await unsubscribe({ ...link, correlationId: request.id });
        const spoken = pageLanguage(link.language, request.headers['accept-language']);
        return reply.headers(pageHeaders).send(donePage(spoken));
      },
    );
  };
}
