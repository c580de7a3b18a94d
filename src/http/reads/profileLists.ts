import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { lifecycleStages, riskLevels, userSegments } from '../../domain/standing.js';

import { personRisk, profile } from '../../queries/models/profile.js';
import { openPerson } from '../../queries/person.js';
import {
  listProfiles,
  listRisks,
  type ProfileOrder,
  profileOf,
  profileSorts,
} from '../../queries/profiles.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { identifier, invalidParameters } from './parameters.js';
import { addList } from './route.js';

const sorts = profileSorts.flatMap((field) => [field, `-${field}`] as const);

const filters = {
  segment: z.enum(userSegments).optional(),
  risk: z.enum(riskLevels).optional(),
  stage: z.enum(lifecycleStages).optional(),
  sort: z.enum(sorts).optional().meta({
    description:
      'A minus sorts downwards; `lastActiveAt` to the minute. Default: `-lastActiveAt` for everyone; a filtered list comes in a fixed order of its own, which is the quickest.',
  }),
};

/** People, found and sorted by what they have in common. */
export function addProfileLists(app: FastifyInstance, ports: QueryPorts): void {
  addList(
    app,
    ports,
    {
      url: '/v1/profiles',
      operationId: 'listProfiles',
      access: 'read',
      personal: true,
      tag: 'people',
      summary: 'Profiles by segment, risk and lifecycle stage',
      description:
        'With `anonymousId`, the one person behind it, with or without a user id, and no other filter; `asOf` goes with `anonymousId` alone.',
      readModels: ['profiles', 'consents'],
      params: {},
      query: {
        ...filters,
        anonymousId: identifier('The id a client gave a visitor it did not know.').optional(),
      },
      travelsInTime: true,
      model: profile,
    },
    async ({ tenantId, query: { anonymousId, sort, ...filter }, asOf }, page) => {
      if (anonymousId === undefined) {
        if (asOf !== undefined) throw onlyWithAnonymousId();
        const view = openView(ports, tenantId, ['profiles', 'consents']);
        return { view, found: await listProfiles(view, filter, orderOf(sort, filter), page) };
      }
      if (sort !== undefined || Object.values(filter).some((value) => value !== undefined)) {
        throw onlyWithoutFilters();
      }
      const identity = { kind: 'anonymous', value: anonymousId } as const;
      const person = await openPerson(ports, tenantId, identity, ['profiles', 'consents'], asOf);
      const view = person ?? openView(ports, tenantId, ['profiles', 'consents']);
      return { view, found: { items: person === undefined ? [] : [await profileOf(view, person.profile)] } };
    },
  );
  addList(
    app,
    ports,
    {
      url: '/v1/risks',
      operationId: 'listRisks',
      access: 'read',
      personal: true,
      tag: 'people',
      summary: 'People by exit risk, the riskiest first',
      readModels: ['profiles'],
      params: {},
      query: { level: z.enum(riskLevels).optional() },
      model: personRisk,
    },
    async ({ tenantId, query: { level } }, page) => {
      const view = openView(ports, tenantId, ['profiles']);
      return { view, found: await listRisks(view, level, page) };
    },
  );
}

function orderOf(
  given: (typeof sorts)[number] | undefined,
  filter: Readonly<Record<string, unknown>>,
): ProfileOrder | undefined {
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const sort = given ?? (isFiltered ? undefined : '-lastActiveAt');
  if (sort === undefined) return undefined;
  const field = profileSorts.find((name) => sort === name || sort === `-${name}`) ?? 'lastActiveAt';
  return { field, direction: sort.startsWith('-') ? 'desc' : 'asc' };
}

function onlyWithAnonymousId() {
  const message = 'goes with anonymousId here, or with the routes of one person';
  return invalidParameters([{ path: 'asOf', code: 'not-applicable', message }]);
}

function onlyWithoutFilters() {
  const message = 'names one person: leave out segment, risk, stage and sort';
  return invalidParameters([{ path: 'anonymousId', code: 'not-applicable', message }]);
}
