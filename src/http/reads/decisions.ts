import type { FastifyInstance } from 'fastify';
import { listDecisions } from '../../queries/decisions.js';
import { decision } from '../../queries/models/decision.js';
import type { QueryPorts } from '../../queries/view.js';
import { addPersonList } from './personRoute.js';

export function addDecisions(app: FastifyInstance, ports: QueryPorts): void {
  addPersonList(
    app,
    ports,
    {
      url: '/v1/profiles/:userId/decisions',
      operationId: 'listDecisions',
      tag: 'interventions',
      summary: 'Each decision made about a person, to help or not to, and why; newest first',
      readModels: ['decisions', 'profiles'],
      query: {},
      model: decision,
    },
    (person, _, page) => listDecisions(person, page),
  );
}
