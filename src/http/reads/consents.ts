import type { FastifyInstance } from 'fastify';
import { readConsents } from '../../queries/consents.js';
import { consents } from '../../queries/models/consents.js';
import type { QueryPorts } from '../../queries/view.js';
import { identifier } from './parameters.js';
import { addRead } from './route.js';

const about = {
  tag: 'privacy',
  access: 'person',
  personal: true,
  readModels: ['consents'],
  travelsInTime: true,
  model: consents,
} as const;

export function addConsents(app: FastifyInstance, ports: QueryPorts): void {
  addRead(
    app,
    ports,
    {
      ...about,
      url: '/v1/profiles/:userId/consents',
      operationId: 'getConsents',
      summary: 'What a person agreed to and refused: what stands, and how it came to that',
      params: { userId: identifier('The id your application knows the person by.') },
      query: {},
    },
    ({ tenantId, params, asOf }) =>
      readConsents(ports, tenantId, ports.subjectOf(tenantId, 'user', params.userId), asOf),
  );
  addRead(
    app,
    ports,
    {
      ...about,
      url: '/v1/consents',
      operationId: 'getConsentsOfVisitor',
      summary: 'The same of a visitor without a user id',
      params: {},
      query: { anonymousId: identifier('The id a client gave a visitor it did not know.') },
    },
    ({ tenantId, query, asOf }) =>
      readConsents(ports, tenantId, ports.subjectOf(tenantId, 'anonymous', query.anonymousId), asOf),
  );
}
