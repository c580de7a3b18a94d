import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import {
  listAuditEntries,
  listAuditKeys,
  listHeads,
  proveConsistency,
  proveInclusion,
} from '../queries/audit.js';
import { auditEntry, auditKey, consistency, inclusion, signedHead } from '../queries/models/audit.js';
import { openView, type QueryPorts } from '../queries/view.js';
import { checkPeriod, identifier, invalidParameters, period } from './reads/parameters.js';
import { addList, addRead } from './reads/route.js';

/** What the routes need besides the read models. */
export interface AuditParts {
  /** Where signed heads and public keys are. */
  readonly documentStore: Parameters<typeof listHeads>[0];
  readonly heads: { current(tenantId: string): Promise<z.output<typeof signedHead>> };
}

const readModels = ['audit'];
const tag = 'audit';
const entryCount = (description: string, least = 0) =>
  z.coerce.number().int().min(least).max(Number.MAX_SAFE_INTEGER).meta({ description });

/** The audit trail and what proves it. Mounted without a prefix. */
export function auditRoutes(ports: QueryPorts, parts: AuditParts): FastifyPluginAsync {
  return async (app) => {
    // As for the other reads: parameters are checked by zod, and the JSON Schemas describe.
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
    addEntries(app, ports);
    addHeads(app, ports, parts);
    addProofs(app, ports);
  };
}

function addEntries(app: FastifyInstance, ports: QueryPorts): void {
  addList(
    app,
    ports,
    {
      url: '/v1/audit/entries',
      operationId: 'listAuditEntries',
      tag,
      access: 'privacy',
      personal: true,
      summary: 'Who read or changed what about whom, and why, newest first',
      readModels,
      params: {},
      query: {
        subject: z
          .string()
          .regex(/^[0-9a-f]{32}$/, 'must be a pseudonym: 32 hexadecimal digits')
          .optional()
          .meta({ description: 'Only entries about the person of this pseudonym.' }),
        userId: identifier('Only entries about this person; not together with `subject`.').optional(),
        type: identifier('Only entries of this type, for example `personal-data-read.v1`.').optional(),
        ...period,
      },
      model: auditEntry,
    },
    async ({ tenantId, query: { subject, userId, ...filter } }, page) => {
      checkPeriod(filter);
      if (subject !== undefined && userId !== undefined) {
        throw invalidParameters([
          { path: 'subject', code: 'one-of', message: 'must not be sent together with userId' },
        ]);
      }
      const about = userId === undefined ? subject : ports.subjectOf(tenantId, 'user', userId);
      const all = openView(ports, tenantId, readModels);
      const view = about === undefined ? all : { ...all, subjects: [about] };
      return { view, found: await listAuditEntries(view, { ...filter, subject: about }, page) };
    },
  );
}

function addHeads(app: FastifyInstance, ports: QueryPorts, { documentStore, heads }: AuditParts): void {
  addRead(
    app,
    ports,
    {
      url: '/v1/audit/head',
      operationId: 'getAuditHead',
      tag,
      access: 'privacy',
      summary: 'The signed head of the audit trail as it is now',
      description: 'Signed for this request where the trail grew since the last head.',
      readModels,
      params: {},
      query: {},
      model: signedHead,
    },
    async ({ tenantId }) => ({
      view: openView(ports, tenantId, readModels),
      found: await heads.current(tenantId),
    }),
  );
  addList(
    app,
    ports,
    {
      url: '/v1/audit/heads',
      operationId: 'listAuditHeads',
      tag,
      access: 'privacy',
      summary: 'All heads that were signed, the newest first',
      readModels,
      params: {},
      query: {},
      model: signedHead,
    },
    async ({ tenantId }, page) => ({
      view: openView(ports, tenantId, readModels),
      found: await listHeads(documentStore, tenantId, page),
    }),
  );
  addList(
    app,
    ports,
    {
      url: '/v1/audit/keys',
      operationId: 'listAuditKeys',
      tag,
      access: 'privacy',
      summary: 'The public keys that heads are checked with',
      description: 'Keep a copy elsewhere: a key that was learnt from the server proves nothing against it.',
      readModels: [],
      params: {},
      query: {},
      model: auditKey,
    },
    async ({ tenantId }, page) => ({
      view: openView(ports, tenantId, []),
      found: await listAuditKeys(documentStore, page),
    }),
  );
}

function addProofs(app: FastifyInstance, ports: QueryPorts): void {
  addRead(
    app,
    ports,
    {
      url: '/v1/audit/proofs/inclusion',
      operationId: 'proveAuditInclusion',
      tag,
      access: 'privacy',
      summary: 'Proves that an entry stands in the trail',
      readModels,
      params: {},
      query: {
        sequence: entryCount("The entry's place."),
        treeSize: entryCount('Of the tree to prove it for; default: the present one.').optional(),
      },
      model: inclusion,
    },
    async ({ tenantId, query: { sequence, treeSize } }) => {
      const view = openView(ports, tenantId, readModels);
      const found = await proveInclusion(view, sequence, treeSize);
      return found && { view, found };
    },
  );
  addRead(
    app,
    ports,
    {
      url: '/v1/audit/proofs/consistency',
      operationId: 'proveAuditConsistency',
      tag,
      access: 'privacy',
      summary: 'Proves that an earlier trail is the beginning of a later one',
      readModels,
      params: {},
      query: {
        first: entryCount('Size of the earlier tree.', 1),
        second: entryCount('Size of the later tree.'),
      },
      model: consistency,
    },
    async ({ tenantId, query: { first, second } }) => {
      if (first > second) {
        throw invalidParameters([
          { path: 'second', code: 'below-first', message: 'must not be below first' },
        ]);
      }
      const view = openView(ports, tenantId, readModels);
      const found = await proveConsistency(view, first, second);
      return found && { view, found };
    },
  );
}
