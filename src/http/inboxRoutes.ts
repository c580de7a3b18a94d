import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { RecordInterventionResponse } from '../commands/interventions.js';
import type { Inbox } from '../queries/inbox.js';
import { accessOf, readerOfRequest } from './auth.js';
import { actorOf, allowInbox, type InboxAuthentication, inboxAccessOf } from './inboxAccess.js';
import { inboxMessage, interventionId, interventionResponse, toInboxMessage } from './live/protocol.js';
import { problemResponses } from './problems.js';
import { personAsReader } from './reader.js';
import { identifier, parseParameters } from './reads/parameters.js';
import { jsonSchema } from './schema.js';

export interface InboxRoutesOptions extends InboxAuthentication {
  readonly inbox: Inbox;
  readonly recordResponse: RecordInterventionResponse;
  /** The pseudonym of a user id. */
  subjectOf(tenantId: string, userId: string): string;
}

const person = z.object({ userId: identifier('The id your application knows the person by.') });
const nothing = z.strictObject({});
const message = z.object({ id: interventionId });
const tokenRequest = z
  .strictObject({
    expiresIn: z.int().min(60).max(86_400).default(3600).meta({ description: 'Seconds, 60–86,400.' }),
  })
  .prefault({});
const responseRequest = z.strictObject({ response: interventionResponse });

const inboxAnswer = z.object({
  data: z.array(inboxMessage),
  nextCursor: z.null(),
  position: z.string().meta({ description: 'Follow `inbox:{userId}` live from here on.' }),
});
const tokenAnswer = z.object({
  data: z.object({ token: z.string(), expiresAt: z.string().meta({ format: 'date-time' }) }),
});
const responseAnswer = z.object({
  data: z.object({ id: z.string(), response: interventionResponse }),
  position: z.string(),
});

/** The inbox over plain HTTP, and the tokens that open it for one person. Mounted under `/v1`. */
export function inboxRoutes(options: InboxRoutesOptions): FastifyPluginAsync {
  const { inbox, recordResponse, tokens, subjectOf, now } = options;
  return async (app) => {
    app.get(
      '/profiles/:userId/inbox',
      {
        config: { access: 'public', personal: true },
        schema: {
          operationId: 'readInbox',
          tags: ['interventions'],
          summary: "A person's help messages that wait to be acknowledged, oldest first",
          description: 'For an administrator, or the person with a token of their own. At most 50 messages.',
          security: [{ bearer: [] }],
          params: jsonSchema(person, 'input'),
          response: { 200: jsonSchema(inboxAnswer, 'output'), ...problemResponses },
        },
      },
      async (request, reply) => {
        const access = inboxAccessOf(request, options, 'admin');
        const { userId } = parseParameters(person, request.params);
        parseParameters(nothing, request.query);
        const subject = subjectOf(access.tenantId, userId);
        allowInbox(access, subject);
        if (access.caller === undefined) request.reader = personAsReader(access.tenantId);
        else {
          request.reader = readerOfRequest(access.caller, request);
          request.subjects = [subject];
        }
        const { messages, position } = await inbox.unacknowledged(access.tenantId, [subject]);
        reply.header('cache-control', 'no-store');
        return {
          data: messages.map(toInboxMessage),
          nextCursor: null,
          position,
        };
      },
    );

    app.post(
      '/profiles/:userId/inbox-token',
      {
        config: { access: 'admin' },
        schema: {
          operationId: 'createInboxToken',
          tags: ['interventions'],
          summary: "Makes a short-lived token for one person's inbox",
          description:
            'For an administrator. Give it to that person: it reads and answers their messages alone.',
          security: [{ bearer: [] }],
          params: jsonSchema(person, 'input'),
          response: { 200: jsonSchema(tokenAnswer, 'output'), ...problemResponses },
        },
      },
      async (request, reply) => {
        const { tenantId } = accessOf(request);
        const { userId } = parseParameters(person, request.params);
        const { expiresIn } = parseParameters(tokenRequest, request.body ?? undefined);
        const expiresAt = now() + expiresIn * 1000;
        const subject = subjectOf(tenantId, userId);
        await request.recordAbout([subject]);
        const token = tokens.mint({ tenantId, subject }, expiresAt);
        reply.header('cache-control', 'no-store');
        return { data: { token, expiresAt: new Date(expiresAt).toISOString() } };
      },
    );

    app.post(
      '/interventions/:id/responses',
      {
        config: { access: 'public' },
        schema: {
          operationId: 'respondToIntervention',
          tags: ['interventions'],
          summary: 'Records what the person did with a help message',
          description:
            'For an administrator, or the person with a token of their own. Repeating it changes nothing.',
          security: [{ bearer: [] }],
          params: jsonSchema(message, 'input'),
          body: jsonSchema(responseRequest, 'input'),
          response: { 200: jsonSchema(responseAnswer, 'output'), ...problemResponses },
        },
      },
      async (request) => {
        const access = inboxAccessOf(request, options, 'admin');
        const { tenantId, onlyOf } = access;
        const { id } = parseParameters(message, request.params);
        const { response } = parseParameters(responseRequest, request.body);
        const position = await recordResponse({
          tenantId,
          interventionId: id,
          response,
          actor: actorOf(access),
          ...(onlyOf === undefined ? {} : { onlyOf }),
        });
        return { data: { id, response }, position };
      },
    );
  };
}
