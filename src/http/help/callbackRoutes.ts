import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { atATime } from '../../commands/atATime.js';
import type { ProviderNews, ReadCallback, RecordProviderNews } from '../../commands/providerNews.js';
import { CodedError } from '../../domain/errors.js';
import { problemResponses } from '../problems.js';
import type { RateLimits } from '../rateLimits.js';
import { logOf } from '../requestIdentity.js';
import { jsonSchema } from '../schema.js';

export interface CallbackOptions {
  /** By the provider's name. */
  readonly readers: ReadonlyMap<string, ReadCallback>;
  readonly record: RecordProviderNews;
  readonly take: RateLimits['take'];
}

/** SendGrid gathers events up to 768 KB. */
const largestBody = 1024 * 1024;
/** Requests of one provider, whoever sends them. */
const rate = { perSecond: 500, burst: 1000 };
/** News of one request that are recorded at the same time. */
const atOnce = 16;

/** Where providers tell what became of messages. Who they are shows in their signatures. */
export function callbackRoutes({ readers, record, take }: CallbackOptions): FastifyPluginAsync {
  async function newsIn(request: FastifyRequest<{ Params: { provider: string }; Body: Buffer | undefined }>) {
    const read = existingReader(readers, request.params.provider);
    const { headers, raw, body } = request;
    const header = (name: string) => {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    try {
      return await read({ body: body ?? Buffer.alloc(0), header, path: raw.url ?? '' });
    } catch (error) {
      logOf(request).warn({ err: error }, 'a callback could not be checked');
      throw new CodedError('overloaded', 'The signature cannot be checked now; send it again.');
    }
  }

  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: largestBody }, (_, body, done) =>
      done(null, body),
    );

    app.post<{ Params: { provider: string }; Body: Buffer | undefined }>(
      '/callbacks/:provider',
      {
        config: { access: 'public' },
        schema: {
          operationId: 'receiveCallback',
          tags: ['interventions'],
          summary: 'Takes what a provider says became of messages, by its own signature',
          description:
            'Providers: sendgrid (signed event webhook), ses (a topic of Amazon SNS), twilio (status callback).',
          security: [],
          params: jsonSchema(z.object({ provider: z.string() }), 'input'),
          response: {
            204: { description: 'Taken. What is not about a message of ours has no effect.', type: 'null' },
            ...problemResponses,
          },
        },
        async preParsing(request) {
          const { provider } = request.params;
          existingReader(readers, provider);
          const { allowed, retryAfter } = await take(`callbacks/${provider}`, rate);
          if (allowed) return;
          throw new CodedError('rate-limited', 'More callbacks than can be taken; send them again.', {
            retryAfterSeconds: Math.max(1, Math.ceil(retryAfter / 1000)),
          });
        },
      },
      async (request, reply) => {
        const news = await newsIn(request);
        if (news === undefined) {
          throw new CodedError('forbidden', "The signature is not the provider's, or is too old.");
        }
        await recordAll(news, record);
        return reply.code(204).send();
      },
    );
  };
}

async function recordAll(news: readonly ProviderNews[], record: RecordProviderNews): Promise<void> {
  const inTurn = atATime(atOnce);
  await Promise.all(news.map((each) => inTurn(() => record(each))));
}

/** @throws CodedError `not-found` */
function existingReader(readers: CallbackOptions['readers'], provider: string): ReadCallback {
  const reader = readers.get(provider);
  if (reader === undefined)
    throw new CodedError('not-found', 'No callbacks of this provider are taken here.');
  return reader;
}
