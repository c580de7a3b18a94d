import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { SearchKnowledge } from '../../commands/help/knowledge.js';
import type { ChangedKnowledge, ChangeKnowledge } from '../../commands/help/knowledgeDocuments.js';
import { knowledgeFaults } from '../../domain/knowledge/faults.js';
import { findKnowledge, listKnowledge } from '../../queries/knowledge.js';
import {
  foundKnowledge,
  knowledgeBody,
  knowledgeDocument,
  knowledgeSearch,
} from '../../queries/models/knowledge.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { accessOf } from '../auth.js';
import { existingBody, type ReceivedBody } from '../privacy/jsonBody.js';
import { problemResponses } from '../problems.js';
import { invalidParameters, parseParameters } from '../reads/parameters.js';
import { addList, addRead } from '../reads/route.js';
import { jsonSchema } from '../schema.js';
import { type ConfigurationRoutesOptions, checkOwnBodies, noQuery } from './configurationRoute.js';

export interface KnowledgeRoutesOptions extends ConfigurationRoutesOptions {
  readonly ports: QueryPorts;
  readonly search: SearchKnowledge;
  readonly change: ChangeKnowledge;
}

const url = '/v1/knowledge';
const readModels = ['knowledge'];
const about = { tag: 'help', access: 'read', readModels } as const;
const id = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?$/, 'must be 1–100 of a–z, 0–9 and -, not - at an end')
  .refine((name) => name !== 'search', { message: 'must not be search, which is the address of the search' })
  .meta({ description: "The document's id, of your own." });
const params = { id };
const read = z.strictObject({
  version: z.coerce.number().int().min(0).meta({ description: 'The version that was read.' }),
});
const changed = z.object({
  data: z.object({ id, version: z.int() }),
  position: z.string().nullable().meta({ description: 'For `waitFor` of reads and searches.' }),
});

/** What a tenant knows, for texts to be written from. Mounted without a prefix. */
export function knowledgeRoutes(options: KnowledgeRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    checkOwnBodies(app);
    addReads(app, options);
    addChanges(app, options);
  };
}

function addReads(app: FastifyInstance, { ports, search }: KnowledgeRoutesOptions): void {
  addList(
    app,
    ports,
    {
      ...about,
      url,
      operationId: 'listKnowledge',
      summary: 'The documents of the knowledge base, by id',
      params: {},
      query: {},
      model: knowledgeDocument,
    },
    async ({ tenantId }, page) => {
      const view = openView(ports, tenantId, readModels);
      return { view, found: await listKnowledge(view, page) };
    },
  );
  addRead(
    app,
    ports,
    {
      ...about,
      url: `${url}/:id`,
      operationId: 'getKnowledge',
      summary: 'One document of the knowledge base',
      params,
      query: {},
      model: knowledgeDocument,
    },
    async ({ tenantId, params: asked }) => {
      const view = openView(ports, tenantId, readModels);
      const found = await findKnowledge(view, asked.id);
      return found && { view, found };
    },
  );
  addRead(
    app,
    ports,
    {
      ...about,
      url: `${url}/search`,
      operationId: 'searchKnowledge',
      summary: 'What fits a question best: documents, and past help that helped',
      params: {},
      query: knowledgeSearch,
      model: z.array(foundKnowledge),
    },
    async ({ tenantId, query: { q: text, language, feature: featureId, limit } }) => {
      const view = openView(ports, tenantId, readModels);
      const query = { text, limit, ...(language && { language }), ...(featureId && { featureId }) };
      return { view, found: await search(tenantId, query) };
    },
  );
}

function addChanges(app: FastifyInstance, { change, formatPosition, now }: KnowledgeRoutesOptions): void {
  const shown = (documentId: string, { state, position }: ChangedKnowledge) => ({
    data: { id: documentId, version: state.version },
    position: position === undefined ? null : formatPosition(position),
  });
  app.put<{ Body: ReceivedBody | undefined }>(
    `${url}/:id`,
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'putKnowledge',
        summary: 'Writes a document, or replaces it as a whole',
        description: 'With another `version` than the present one it is a 409. Personal values are refused.',
        tags: ['help'],
        params: jsonSchema(z.object(params), 'input'),
        body: jsonSchema(knowledgeBody, 'input'),
        response: { 200: jsonSchema(changed, 'output'), ...problemResponses },
      },
    },
    async (request) => {
      const { tenantId, keyId: by } = accessOf(request);
      const { id: documentId } = parseParameters(z.object(params), request.params);
      parseParameters(noQuery, request.query);
      const { version, ...content } = parseParameters(knowledgeBody, existingBody(request.body).value);
      const faults = knowledgeFaults(documentId, content);
      if (faults.length > 0) throw invalidParameters(faults);
      const data = { documentId, version, content, at: now(), by };
      return shown(documentId, await change(tenantId, { type: 'PutKnowledgeDocument', data }, request.id));
    },
  );
  app.delete(
    `${url}/:id`,
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'removeKnowledge',
        summary: 'Removes a document',
        tags: ['help'],
        params: jsonSchema(z.object(params), 'input'),
        querystring: jsonSchema(read, 'input'),
        response: { 200: jsonSchema(changed, 'output'), ...problemResponses },
      },
    },
    async (request) => {
      const { tenantId, keyId: by } = accessOf(request);
      const { id: documentId } = parseParameters(z.object(params), request.params);
      const { version } = parseParameters(read, request.query);
      const data = { documentId, version, at: now(), by };
      return shown(documentId, await change(tenantId, { type: 'RemoveKnowledgeDocument', data }, request.id));
    },
  );
}
