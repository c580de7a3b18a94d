import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Shown } from '../../queries/models/fields.js';
import type { Page, PageRequest } from '../../queries/page.js';
import { openPerson, type PersonView } from '../../queries/person.js';
import type { QueryPorts } from '../../queries/view.js';
import { identifier } from './parameters.js';
import { addList, addRead, type ReadInput, type ReadRoute } from './route.js';

const params = { userId: identifier('The id your application knows the person by.') };

type PersonRoute<Q extends z.ZodRawShape, M extends z.ZodType> = Omit<
  ReadRoute<typeof params, Q, M>,
  'params' | 'travelsInTime' | 'access' | 'personal'
>;
const aboutOnePerson = { params, travelsInTime: true, access: 'person', personal: true } as const;

type PersonInput<Q extends z.ZodRawShape> = ReadInput<typeof params, Q>;

/**
 * A read about one user: 404 where nothing is known of them, refused before it is made where they refused the reader's
 * purpose, and `asOf` any past moment.
 */
export function addPersonRead<Q extends z.ZodRawShape, M extends z.ZodType>(
  app: FastifyInstance,
  ports: QueryPorts,
  route: PersonRoute<Q, M>,
  read: (person: PersonView, input: PersonInput<Q>) => Promise<Shown<z.output<M>>>,
): void {
  addRead(app, ports, { ...route, ...aboutOnePerson }, async (input, request) => {
    const view = await openUser(ports, route.readModels, input, request);
    return view && { view, found: await read(view, input) };
  });
}

export function addPersonList<Q extends z.ZodRawShape, M extends z.ZodType>(
  app: FastifyInstance,
  ports: QueryPorts,
  route: PersonRoute<Q, M>,
  read: (person: PersonView, input: PersonInput<Q>, page: PageRequest) => Promise<Page<Shown<z.output<M>>>>,
): void {
  addList(app, ports, { ...route, ...aboutOnePerson }, async (input, page, request) => {
    const view = await openUser(ports, route.readModels, input, request);
    return view && { view, found: await read(view, input, page) };
  });
}

async function openUser(
  ports: QueryPorts,
  readModels: readonly string[],
  { tenantId, params: { userId }, asOf }: Pick<PersonInput<z.ZodRawShape>, 'tenantId' | 'params' | 'asOf'>,
  request: Pick<FastifyRequest, 'allowAbout'>,
): Promise<PersonView | undefined> {
  const person = await openPerson(ports, tenantId, { kind: 'user', value: userId }, readModels, asOf);
  if (person !== undefined) await request.allowAbout(person.subjects);
  return person;
}
