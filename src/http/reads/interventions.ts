import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { interventionStatuses } from '../../projections/interventions/document.js';
import { findIntervention, listInterventions, listInterventionsOf } from '../../queries/interventions.js';
import { intervention } from '../../queries/models/intervention.js';
import { interventionInFull } from '../../queries/models/interventionWriting.js';
import { openPerson } from '../../queries/person.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { identifier } from './parameters.js';
import { addList, addRead } from './route.js';

const readModels = ['interventions', 'profiles'];

export function addInterventions(app: FastifyInstance, ports: QueryPorts): void {
  addList(
    app,
    ports,
    {
      url: '/v1/interventions',
      operationId: 'listInterventions',
      access: 'read',
      personal: true,
      tag: 'interventions',
      summary: 'Interventions, and decisions against one, newest first',
      readModels,
      params: {},
      query: {
        userId: identifier('Only those about this person.').optional(),
        status: z.enum(interventionStatuses).optional(),
      },
      model: intervention,
    },
    async ({ tenantId, query: { userId, status } }, page) => {
      const view = openView(ports, tenantId, readModels);
      if (userId === undefined) return { view, found: await listInterventions(view, status, page) };
      const identity = { kind: 'user', value: userId } as const;
      const person = await openPerson(ports, tenantId, identity, readModels, undefined);
      if (person === undefined) return { view, found: { items: [] } };
      return { view: person, found: await listInterventionsOf(person, status, page) };
    },
  );
  addRead(
    app,
    ports,
    {
      url: '/v1/interventions/:id',
      operationId: 'getIntervention',
      access: 'person',
      personal: true,
      tag: 'interventions',
      summary: 'One intervention, with how its text came about',
      readModels,
      params: { id: identifier("The intervention's id.") },
      query: {},
      model: interventionInFull,
    },
    async ({ tenantId, params }) => {
      const view = openView(ports, tenantId, readModels);
      return findIntervention(ports, view, params.id);
    },
  );
}
