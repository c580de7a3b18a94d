import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { CodedError } from '../../domain/errors.js';
import { type Affected, identitiesOf } from '../../queries/affectedPersons.js';
import { toBreach } from '../../queries/breaches.js';
import { accessOf } from '../auth.js';
import { isRefusable } from '../personalValues.js';
import { problemResponses } from '../problems.js';
import type { Reader } from '../reader.js';
import { parseParameters } from '../reads/parameters.js';
import { jsonSchema } from '../schema.js';
import { answer, type BreachRoutesOptions, nothing, params, url } from './breachRoute.js';
import type { ReceivedBody } from './jsonBody.js';

const listing = z.strictObject({
  identities: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Whether to name the user id and anonymous id of each, as far as they are known.' }),
});
const noBody = z.strictObject({}).prefault({});

/** Who is affected by a breach: how many, and which. */
export function addAffected(app: FastifyInstance, options: BreachRoutesOptions): void {
  const { breaches, affectedPersons, formatPosition, now } = options;
  app.post<{ Body: ReceivedBody | undefined }>(
    `${url}/:id/count`,
    {
      config: { access: 'privacy' },
      schema: {
        operationId: 'countAffectedPersons',
        summary: 'Counts the persons and records in the scope, and records the count',
        description: 'Walks through the whole log: seconds for each million events.',
        tags: ['privacy'],
        params: jsonSchema(params, 'input'),
        body: jsonSchema(noBody, 'input'),
        response: { 200: jsonSchema(answer, 'output'), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { tenantId, keyId } = accessOf(request);
      const { id } = parseParameters(params, request.params);
      parseParameters(nothing, request.query);
      parseParameters(noBody, request.body?.value);
      const { scope } = (await breaches.find(tenantId, id)).breach.assessment;
      let persons = 0;
      let records = 0;
      for await (const page of affectedPersons(tenantId, scope)) {
        persons += page.subjects.length;
        ({ records } = page);
      }
      const data = { breachId: id, at: now(), by: keyId, scope, persons, records };
      const counted = await breaches.execute(tenantId, { type: 'RecordAffectedPersons', data }, request.id);
      reply.header('cache-control', 'no-store');
      return { data: toBreach(counted.breach, now()), position: formatPosition(counted.position) };
    },
  );

  app.get(
    `${url}/:id/affected`,
    {
      config: { access: 'privacy' },
      // Every walk through the log is work, and every answer is recorded for those whom it names.
      exposeHeadRoute: false,
      schema: {
        operationId: 'listAffectedPersons',
        summary: 'The persons in the scope by pseudonym, one JSON object a line, as they are found',
        description:
          'Naming them is refused (`purpose-not-allowed`) for the purposes that a person can refuse.',
        tags: ['privacy'],
        params: jsonSchema(params, 'input'),
        querystring: jsonSchema(listing, 'input'),
        response: {
          200: {
            description:
              'Lines of `{"subject":"…"}`, with `userId` and `anonymousId` where asked for. A list that was cut short ends without its last line, `{"end":true}`.',
            content: { 'application/x-ndjson': { schema: { type: 'string' } } },
          },
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { tenantId } = accessOf(request);
      const { id } = parseParameters(params, request.params);
      const { identities } = parseParameters(listing, request.query);
      if (identities === 'true' && request.reader !== null && isRefusable(request.reader.purpose)) {
        throw new CodedError(
          'purpose-not-allowed',
          'Those affected by a breach are named to tell them of it: name them for a purpose like legal or security.',
        );
      }
      const { scope } = (await breaches.find(tenantId, id)).breach.assessment;
      const pages = affectedPersons(tenantId, scope);
      const lines = recordedLines(options, request.reader, request.id, pages, identities === 'true');
      return reply
        .header('cache-control', 'no-store')
        .type('application/x-ndjson; charset=utf-8')
        .send(Readable.from(lines, { objectMode: false }));
    },
  );
}

/** Nobody is named before it is recorded that they are. */
async function* recordedLines(
  { recordAccess, openSealed, ports }: BreachRoutesOptions,
  reader: Reader | null,
  correlationId: string,
  pages: AsyncIterable<Affected>,
  withIdentities: boolean,
): AsyncGenerator<string, void, undefined> {
  if (reader === null) throw new Error('the affected persons are listed without a reader');
  const { tenantId, actor, purpose, ticket } = reader;
  for await (const { subjects } of pages) {
    if (subjects.length === 0) continue;
    await recordAccess({
      ...{ tenantId, kind: 'read', actor, action: 'listAffectedPersons', purpose, subjects },
      ...{ opened: withIdentities, correlationId },
      ...(ticket !== undefined && { ticket }),
    });
    const named = withIdentities ? await identified(subjects) : subjects.map((subject) => ({ subject }));
    yield named.map((person) => `${JSON.stringify(person)}\n`).join('');
  }
  yield '{"end":true}\n';

  async function identified(subjects: readonly string[]): Promise<object[]> {
    const sealed = await identitiesOf(ports.documents, tenantId, subjects);
    const texts = sealed.flatMap(({ userId, anonymousId }) => [userId ?? '', anonymousId ?? '']);
    const opened = await openSealed(tenantId, texts);
    return sealed.map(({ subject }, at) => ({
      ...{ subject, userId: opened[2 * at] ?? null, anonymousId: opened[2 * at + 1] ?? null },
    }));
  }
}
