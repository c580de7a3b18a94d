import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { readEffects } from '../../queries/effects.js';
import { effectGroups, effects } from '../../queries/models/effect.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { checkPeriod, identifier, period } from './parameters.js';
import { addRead } from './route.js';

const readModels = ['decisions'];
/** Milliseconds that are looked at where nothing else is asked for. */
const usualPeriod = 30 * 86_400_000;

export function addEffects(app: FastifyInstance, ports: QueryPorts): void {
  addRead(
    app,
    ports,
    {
      url: '/v1/effects',
      operationId: 'getEffects',
      access: 'read',
      tag: 'help',
      summary: 'How often a strategy reached its goal, and how often it was reached without it',
      description:
        'By default of the last 30 days. Everybody counts in the arm they were drawn into, whether or not the message arrived.',
      readModels,
      params: {},
      query: {
        strategy: identifier("The strategy's id."),
        groupBy: z.enum(effectGroups).optional(),
        ...period,
      },
      model: effects,
    },
    async ({ tenantId, query }) => {
      checkPeriod(query);
      const now = ports.now();
      const { strategy, groupBy, to = now + 1, from = to - usualPeriod } = query;
      const view = openView(ports, tenantId, readModels);
      return { view, found: await readEffects(view, { strategy, groupBy, from, to, now }) };
    },
  );
}
