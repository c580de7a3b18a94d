import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { severities } from '../../domain/journey/events.js';
import { struggle } from '../../queries/models/struggle.js';
import { listStruggles, listStrugglesOf } from '../../queries/struggles.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { checkPeriod, identifier, period } from './parameters.js';
import { addPersonList } from './personRoute.js';
import { addList } from './route.js';

const readModels = ['struggles', 'profiles'];

export function addStruggles(app: FastifyInstance, ports: QueryPorts): void {
  addPersonList(
    app,
    ports,
    {
      url: '/v1/profiles/:userId/struggles',
      operationId: 'listStrugglesOfPerson',
      tag: 'struggles',
      summary: "A person's struggles, newest first",
      readModels,
      query: {},
      model: struggle,
    },
    (person, _, page) => listStrugglesOf(person, page),
  );
  addList(
    app,
    ports,
    {
      url: '/v1/struggles',
      operationId: 'listStruggles',
      access: 'read',
      personal: true,
      tag: 'struggles',
      summary: 'Struggles of everyone, newest first',
      readModels,
      params: {},
      query: {
        feature: identifier('Only struggles with this feature.').optional(),
        severity: z.enum(severities).optional(),
        resolved: z.enum(['true', 'false']).optional(),
        ...period,
      },
      model: struggle,
    },
    async ({ tenantId, query: { resolved, ...filter } }, page) => {
      checkPeriod(filter);
      const view = openView(ports, tenantId, readModels);
      const wanted = { ...filter, ...(resolved && { resolved: resolved === 'true' }) };
      return { view, found: await listStruggles(view, wanted, page) };
    },
  );
}
