import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { listDeliveries, listSuppressions } from '../../queries/deliveries.js';
import { delivery, deliveryStatuses, suppression } from '../../queries/models/delivery.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { addList } from './route.js';

export function addDeliveries(app: FastifyInstance, ports: QueryPorts): void {
  const deliveryModels = ['interventions', 'profiles'];
  addList(
    app,
    ports,
    {
      url: '/v1/deliveries',
      operationId: 'listDeliveries',
      access: 'read',
      personal: true,
      tag: 'interventions',
      summary: 'How the delivery of messages went, try by try, newest first',
      description: '`failed`: no channel took them. They can be sent again.',
      readModels: deliveryModels,
      params: {},
      query: { status: z.enum(deliveryStatuses).optional() },
      model: delivery,
    },
    async ({ tenantId, query: { status } }, page) => {
      const view = openView(ports, tenantId, deliveryModels);
      return { view, found: await listDeliveries(view, status, page) };
    },
  );
  const suppressionModels = ['suppressions', 'profiles'];
  addList(
    app,
    ports,
    {
      url: '/v1/suppressions',
      operationId: 'listSuppressions',
      access: 'read',
      personal: true,
      tag: 'interventions',
      summary: 'To whom nothing is sent over a channel, after a bounce or a complaint, newest first',
      readModels: suppressionModels,
      params: {},
      query: {},
      model: suppression,
    },
    async ({ tenantId }, page) => {
      const view = openView(ports, tenantId, suppressionModels);
      return { view, found: await listSuppressions(view, page) };
    },
  );
}
