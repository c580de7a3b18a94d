import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { BreachResult } from '../../commands/breaches.js';
import { draftsOf } from '../../queries/breachDrafts.js';
import { listBreaches, toBreach } from '../../queries/breaches.js';
import { breach, breachDrafts } from '../../queries/models/breach.js';
import { openView } from '../../queries/view.js';
import { accessOf } from '../auth.js';
import { problemResponses } from '../problems.js';
import { parseParameters } from '../reads/parameters.js';
import { addList } from '../reads/route.js';
import { jsonSchema } from '../schema.js';
import { addAffected } from './affectedRoutes.js';
import { addChanges } from './breachChanges.js';
import { answer, type BreachRoutesOptions, nothing, params, url } from './breachRoute.js';
import { addReceivedBody } from './jsonBody.js';

const readModels = ['breaches'];

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
