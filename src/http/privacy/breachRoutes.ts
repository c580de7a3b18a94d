import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { Breaches, BreachResult } from '../../commands/breaches.js';
import type { OpenSealed, RecordAccess } from '../../commands/personalAccess.js';
import type { BreachCommand } from '../../domain/breach/commands.js';
import type { BreachScope } from '../../domain/breach/events.js';
import { CodedError } from '../../domain/errors.js';
import type { Position } from '../../domain/metadata.js';
import { type Affected, identitiesOf } from '../../queries/affectedPersons.js';
import { draftsOf } from '../../queries/breachDrafts.js';
import { listBreaches, toBreach } from '../../queries/breaches.js';
import { breach, breachDrafts } from '../../queries/models/breach.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { accessOf } from '../auth.js';
import { isRefusable } from '../personalValues.js';
import { problemResponses } from '../problems.js';
import type { Reader } from '../reader.js';
import { checkPeriod, invalidParameters, parseParameters } from '../reads/parameters.js';
import { addList } from '../reads/route.js';
import { jsonSchema } from '../schema.js';
import {
  assessBody,
  assessmentOf,
  authorityBody,
  breachId,
  closeBody,
  personsBody,
  recordBody,
} from './breachBody.js';
import { addReceivedBody, existingBody, type ReceivedBody } from './jsonBody.js';

export interface BreachRoutesOptions {
  readonly breaches: Breaches;
  readonly ports: QueryPorts;
  affectedPersons(tenantId: string, scope: BreachScope): AsyncIterable<Affected>;
  readonly recordAccess: RecordAccess;
  readonly openSealed: OpenSealed;
  formatPosition(position: Position): string;
  newId(): string;
  /** Epoch milliseconds. */
  now(): number;
}

const readModels = ['breaches'];
const url = '/v1/privacy/breaches';
const params = z.object({ id: breachId });
const nothing = z.strictObject({});
const listing = z.strictObject({
  identities: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Whether to name the user id and anonymous id of each, as far as they are known.' }),
});
const noBody = z.strictObject({}).prefault({});
const answer = z.object({
  data: breach,
  position: z.string().meta({ description: 'For `waitFor` of the list.' }),
});
/** What a client's clock may be ahead. Milliseconds. */
const clockSkew = 300_000;

type Done = { readonly breachId: string; readonly at: number; readonly by: string };

/** The register of breaches. Mounted without a prefix. */
export function breachRoutes(options: BreachRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    // Bodies and parameters are checked by the routes' own zod schemas, and answers are made by typed code.
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (shown) => JSON.stringify(shown));
    addReceivedBody(app);
    addReads(app, options);
    addChanges(app, options);
    addAffected(app, options);
  };
}

function addReads(app: FastifyInstance, { breaches, ports, formatPosition, now }: BreachRoutesOptions): void {
  addList(
    app,
    ports,
    {
      url,
      operationId: 'listBreaches',
      tag: 'privacy',
      access: 'privacy',
      summary: 'Breaches, those due first come first',
      readModels,
      params: {},
      query: { status: z.enum(['open', 'closed']).optional() },
      model: breach,
    },
    async ({ tenantId, query }, page) => {
      const view = openView(ports, tenantId, readModels);
      return { view, found: await listBreaches(view, query, page, now()) };
    },
  );
  const get = <S extends z.ZodType>(
    path: string,
    about: { operationId: string; summary: string; schema: S },
    show: (found: BreachResult) => object,
  ) =>
    app.get(
      `${url}/:id${path}`,
      {
        config: { access: 'privacy' },
        schema: {
          operationId: about.operationId,
          summary: about.summary,
          tags: ['privacy'],
          params: jsonSchema(params, 'input'),
          response: { 200: jsonSchema(about.schema, 'output'), ...problemResponses },
        },
      },
      async (request, reply) => {
        const { id } = parseParameters(params, request.params);
        parseParameters(nothing, request.query);
        reply.header('cache-control', 'no-store');
        return show(await breaches.find(accessOf(request).tenantId, id));
      },
    );
  get(
    '',
    { operationId: 'getBreach', summary: 'One breach, as its stream says now', schema: answer },
    (found) => ({
      data: toBreach(found.breach, now()),
      position: formatPosition(found.position),
    }),
  );
  get(
    '/drafts',
    {
      operationId: 'draftBreachNotifications',
      summary: 'Drafts for the authority and for the persons, with what is missing',
      schema: z.object({ data: breachDrafts }),
    },
    ({ breach: known }) => ({ data: draftsOf(known) }),
  );
}

interface ChangeRoute<S extends z.ZodType> {
  /** After the breach's id; undefined: of the register itself. */
  readonly action: 'assess' | 'authority-notification' | 'persons-notification' | 'close' | undefined;
  readonly operationId: string;
  readonly summary: string;
  readonly body: S;
  command(body: z.output<S>, done: Done): BreachCommand;
}

function addChanges(app: FastifyInstance, options: BreachRoutesOptions): void {
  const past = (path: string, at: number) => {
    if (at > options.now() + clockSkew)
      throw invalidParameters([{ path, code: 'in-the-future', message: 'must not be in the future' }]);
    return Math.min(at, options.now());
  };
  const add = <S extends z.ZodType>(route: ChangeRoute<S>) => addChange(app, options, route);
  add({
    action: undefined,
    operationId: 'recordBreach',
    summary: 'Records a breach; the 72 hours run from when the controller became aware',
    body: recordBody,
    command: ({ breachId: given, awareAt, ...body }, done) => {
      checkPeriod({ from: body.scope.from ?? undefined, to: body.scope.to ?? undefined });
      const data = { ...done, breachId: given ?? done.breachId, awareAt: past('awareAt', awareAt) };
      return { type: 'RecordBreach', data: { ...data, assessment: assessmentOf(body) } };
    },
  });
  add({
    action: 'assess',
    operationId: 'assessBreach',
    summary: 'Replaces the assessment, when more is known',
    body: assessBody,
    command: (body, done) => {
      checkPeriod({ from: body.scope.from ?? undefined, to: body.scope.to ?? undefined });
      return { type: 'AssessBreach', data: { ...done, assessment: assessmentOf(body) } };
    },
  });
  add({
    action: 'authority-notification',
    operationId: 'recordAuthorityNotification',
    summary: 'Records that the supervisory authority was notified (Art. 33 GDPR)',
    body: authorityBody,
    command: (body, done) => ({
      type: 'RecordAuthorityNotification',
      data: { ...done, ...body, notifiedAt: past('notifiedAt', body.notifiedAt) },
    }),
  });
  add({
    action: 'persons-notification',
    operationId: 'recordPersonsNotification',
    summary: 'Records that the persons were notified over a channel (Art. 34 GDPR)',
    body: personsBody,
    command: (body, done) => ({
      type: 'RecordPersonsNotification',
      data: { ...done, ...body, notifiedAt: past('notifiedAt', body.notifiedAt) },
    }),
  });
  add({
    action: 'close',
    operationId: 'closeBreach',
    summary: 'Closes a breach, with the reason',
    body: closeBody,
    command: (body, done) => ({ type: 'CloseBreach', data: { ...done, ...body } }),
  });
}

function addChange<S extends z.ZodType>(
  app: FastifyInstance,
  { breaches, formatPosition, newId, now }: BreachRoutesOptions,
  { action, operationId, summary, body, command }: ChangeRoute<S>,
): void {
  const status = action === undefined ? 201 : 200;
  app.post<{ Body: ReceivedBody | undefined }>(
    action === undefined ? url : `${url}/:id/${action}`,
    {
      config: { access: 'privacy' },
      schema: {
        operationId,
        summary,
        tags: ['privacy'],
        ...(action !== undefined && { params: jsonSchema(params, 'input') }),
        body: jsonSchema(body, 'input'),
        response: { [status]: jsonSchema(answer, 'output'), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { tenantId, keyId } = accessOf(request);
      const id = action === undefined ? newId() : parseParameters(params, request.params).id;
      parseParameters(nothing, request.query);
      const asked = parseParameters(body, existingBody(request.body).value);
      const done = { breachId: id, at: now(), by: keyId };
      const changed = await breaches.execute(tenantId, command(asked, done), request.id);
      reply.code(status).header('cache-control', 'no-store');
      return { data: toBreach(changed.breach, now()), position: formatPosition(changed.position) };
    },
  );
}

function addAffected(app: FastifyInstance, options: BreachRoutesOptions): void {
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
