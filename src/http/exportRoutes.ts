import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { ExportProgress, PersonExports } from '../commands/exports/personExports.js';
import { exportKinds } from '../domain/personExport/events.js';
import { accessOf } from './auth.js';
import { problemResponses } from './problems.js';
import { identifier, parseParameters } from './reads/parameters.js';
import { jsonSchema } from './schema.js';

export interface ExportRoutesOptions {
  readonly exports: PersonExports;
  /** The pseudonym of an identity. */
  subjectOf(tenantId: string, kind: 'user' | 'anonymous', value: string): string;
  /** A random UUID. */
  newId(): string;
}

const asked = z
  .strictObject({
    userId: identifier('The id your application knows the person by.').optional(),
    anonymousId: identifier('Of a visitor without a user id.').optional(),
    kind: z.enum(exportKinds).meta({
      description: 'access: everything (Art. 15 GDPR); portability: without conclusions (Art. 20 GDPR).',
    }),
  })
  .refine(({ userId, anonymousId }) => (userId === undefined) !== (anonymousId === undefined), {
    message: 'takes either userId or anonymousId',
  });
const named = z.object({ id: identifier("The export's id.") });
const nothing = z.strictObject({});
const withToken = z.strictObject({ token: identifier('From the link.') });

const exportStatuses = ['requested', 'prepared', 'downloaded', 'expired', 'failed'] as const;
const requestedAnswer = z.object({ data: z.object({ exportId: z.string() }) });
const statusAnswer = z.object({
  data: z
    .object({
      exportId: z.string(),
      kind: z.enum(exportKinds),
      status: z.enum(exportStatuses),
      progress: z.number().min(0).max(1).meta({ description: 'Of the making. 0–1.' }),
      bytes: z.int().nullable().meta({ description: 'Of the archive, once it is prepared.' }),
      expiresAt: z.string().nullable().meta({ format: 'date-time' }),
      reason: z.string().nullable().meta({ description: 'Why it failed or expired, as a code.' }),
      link: z.string().nullable().meta({
        description: 'Where to fetch it, told once: to the first who asks when it is prepared.',
      }),
    })
    .meta({ id: 'PersonExport' }),
});

/** Exports of a person's data. Mounted under `/v1`. */
export function exportRoutes({ exports, subjectOf, newId }: ExportRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    // Bodies and parameters are checked by the zod schemas themselves.
    app.setValidatorCompiler(() => () => true);

    app.post(
      '/privacy/exports',
      {
        config: { access: 'privacy' },
        schema: {
          operationId: 'requestExport',
          tags: ['privacy'],
          summary: "Asks for an export of a person's data",
          description: 'Holds the journeys linked to the person too. It is made in the background.',
          body: jsonSchema(asked, 'input'),
          response: {
            202: jsonSchema(requestedAnswer.meta({ description: 'It is being made.' }), 'output'),
            ...problemResponses,
          },
        },
      },
      async (request, reply) => {
        const { tenantId, keyId, role } = accessOf(request);
        const { userId, anonymousId, kind } = parseParameters(asked, request.body ?? {});
        const subject =
          userId === undefined
            ? subjectOf(tenantId, 'anonymous', anonymousId ?? '')
            : subjectOf(tenantId, 'user', userId);
        const exportId = newId();
        const actor = { keyId, role };
        await exports.request({ tenantId, exportId, requestId: null, kind, subjects: [subject], actor });
        return reply.code(202).send({ data: { exportId } });
      },
    );

    app.get(
      '/privacy/exports/:id',
      {
        config: { access: 'privacy' },
        // Looking tells the link, once: a HEAD would lose it.
        exposeHeadRoute: false,
        schema: {
          operationId: 'readExport',
          tags: ['privacy'],
          summary: 'How far an export is, and its link when it is ready',
          description: 'The link is told once. Whoever has it can fetch the data: hand it on with care.',
          params: jsonSchema(named, 'input'),
          response: {
            200: jsonSchema(statusAnswer.meta({ description: 'The export.' }), 'output'),
            ...problemResponses,
          },
        },
      },
      async (request, reply) => {
        const { tenantId, keyId, role } = accessOf(request);
        const { id } = parseParameters(named, request.params);
        parseParameters(nothing, request.query);
        reply.header('cache-control', 'no-store');
        const progress = await exports.look({ tenantId, exportId: id }, { keyId, role });
        await request.recordAbout([progress.state.subject]);
        return { data: shown(progress) };
      },
    );

    app.get(
      '/privacy/exports/:id/download',
      {
        config: { access: 'public' },
        exposeHeadRoute: false,
        schema: {
          operationId: 'downloadExport',
          tags: ['privacy'],
          summary: 'Fetches an export, once',
          description:
            'The token in the link is the credential. A second download is a 410, one that was cut short too: ask for a new export.',
          security: [],
          params: jsonSchema(named, 'input'),
          querystring: jsonSchema(withToken, 'input'),
          response: {
            200: {
              description: 'A ZIP archive.',
              content: { 'application/zip': { schema: { type: 'string', format: 'binary' } } },
            },
            ...problemResponses,
          },
        },
      },
      async (request, reply) => {
        const { id } = parseParameters(named, request.params);
        const { token } = parseParameters(withToken, request.query);
        const { bytes, content } = await exports.download(id, token);
        return reply
          .type('application/zip')
          .header('content-length', bytes)
          .header('content-disposition', 'attachment; filename="your-data.zip"')
          .header('cache-control', 'no-store')
          .header('referrer-policy', 'no-referrer')
          .header('x-content-type-options', 'nosniff')
          .send(content);
      },
    );
  };
}

function shown({ state, isMaking, progress, token }: ExportProgress): z.output<typeof statusAnswer>['data'] {
  const { exportId, kind, status } = state;
  const path = `/v1/privacy/exports/${encodeURIComponent(exportId)}/download`;
  return {
    exportId,
    kind,
    status: isMaking ? 'requested' : status,
    progress,
    bytes: 'bytes' in state ? state.bytes : null,
    expiresAt: 'expiresAt' in state ? new Date(state.expiresAt).toISOString() : null,
    reason: 'reason' in state ? state.reason : null,
    link: token === undefined ? null : `${path}?token=${token}`,
  };
}
