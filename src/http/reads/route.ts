import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { purposes } from '../../commands/personalAccess.js';
import { CodedError } from '../../domain/errors.js';
import type { Shown } from '../../queries/models/fields.js';
import type { Page, PageRequest } from '../../queries/page.js';
import { type QueryPorts, type View, waitForPosition } from '../../queries/view.js';
import { accessOf } from '../auth.js';
import { problemResponses } from '../problems.js';
import type { KeyAccess } from '../roles.js';
import { jsonSchema } from '../schema.js';
import { cursorScope, decodeCursor, encodeCursor } from './cursor.js';
import { freshness, invalidParameters, paging, parseParameters, timeTravel } from './parameters.js';

/** Milliseconds a read waits at most for its read models. */
const longestWait = 5000;

export interface ReadRoute<P extends z.ZodRawShape, Q extends z.ZodRawShape, M extends z.ZodType> {
  readonly url: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: KeyAccess;
  /** Whether the answer is about persons, so that its sealed values are opened or masked. */
  readonly personal?: true;
  /** The projections whose documents the answer is made of. */
  readonly readModels: readonly string[];
  readonly params: P;
  readonly query: Q;
  /** Whether it is about one person, and can therefore be asked for as of a past moment. */
  readonly travelsInTime?: true;
  /** Of the answer, or of one entry of a list. */
  readonly model: M;
}

export interface ReadInput<P extends z.ZodRawShape, Q extends z.ZodRawShape> {
  readonly tenantId: string;
  readonly params: z.output<z.ZodObject<P>>;
  readonly query: z.output<z.ZodObject<Q>>;
  /** Epoch milliseconds, not in the future. */
  readonly asOf: number | undefined;
}

/** What a read found, and the view it looked at. */
export interface Found<T> {
  readonly view: View;
  readonly found: T;
}

/** Undefined stands for `not-found`. */
export type Read<P extends z.ZodRawShape, Q extends z.ZodRawShape, T> = (
  input: ReadInput<P, Q>,
  request: Pick<FastifyRequest, 'allowAbout'>,
) => Promise<Found<T> | undefined>;

export type ReadPage<P extends z.ZodRawShape, Q extends z.ZodRawShape, T> = (
  input: ReadInput<P, Q>,
  page: PageRequest,
  request: Pick<FastifyRequest, 'allowAbout'>,
) => Promise<Found<Page<T>> | undefined>;

const position = z
  .string()
  .nullable()
  .meta({ description: 'What the answer has seen at least; null before the first event.' });

/** A read that answers one thing. */
export function addRead<P extends z.ZodRawShape, Q extends z.ZodRawShape, M extends z.ZodType>(
  app: FastifyInstance,
  ports: QueryPorts,
  route: ReadRoute<P, Q, M>,
  read: Read<P, Q, Shown<z.output<M>>>,
): void {
  const answer = z.object({ data: route.model, position, ...maskedOf(route) });
  const inputs = inputsOf(route);
  app.get(route.url, optionsOf(route, inputs.allowed, answer), async (request, reply) => {
    const input = await receive(ports, route, inputs, request);
    const { view, found } = existing(await read(input, request));
    request.subjects = view.subjects ?? null;
    return send(reply, { data: found, position: view.position });
  });
}

/** A read that answers a list, page by page. */
export function addList<P extends z.ZodRawShape, Q extends z.ZodRawShape, M extends z.ZodType>(
  app: FastifyInstance,
  ports: QueryPorts,
  route: ReadRoute<P, Q, M>,
  read: ReadPage<P, Q, Shown<z.output<M>>>,
): void {
  const answer = z.object({
    data: z.array(route.model),
    nextCursor: z.string().nullable().meta({ description: 'Sent as `cursor`, it leads to the next page.' }),
    position,
    ...maskedOf(route),
  });
  const inputs = inputsOf(route, paging);
  app.get(route.url, optionsOf(route, inputs.allowed, answer), async (request, reply) => {
    const input = await receive(ports, route, inputs, request);
    const { limit, cursor } = parseParameters(pages, request.query);
    const scope = cursorScope({ route: route.url, ...input });
    const after = cursor === undefined ? undefined : decodeCursor(scope, cursor);
    const { view, found } = existing(await read(input, { limit, ...(after && { after }) }, request));
    request.subjects = view.subjects ?? null;
    request.entrySubjects = found.subjects ?? null;
    const nextCursor = found.next === undefined ? null : encodeCursor(scope, found.next);
    return send(reply, { data: found.items, nextCursor, position: view.position });
  });
}

/** Made once: zod compiles each schema at its first use, which takes longer than most reads. */
interface Inputs<P extends z.ZodRawShape, Q extends z.ZodRawShape> {
  /** The whole query; refuses what is unknown. The others give what is known its type. */
  readonly allowed: z.ZodType;
  readonly params: z.ZodObject<P>;
  readonly query: z.ZodObject<Q>;
}

const pages = z.object(paging);
const pastMoment = z.object(timeTravel);
const seenPosition = z.object(freshness);

function inputsOf<P extends z.ZodRawShape, Q extends z.ZodRawShape>(
  route: ReadRoute<P, Q, z.ZodType>,
  paging: z.ZodRawShape = {},
): Inputs<P, Q> {
  return {
    allowed: z.strictObject({ ...route.query, ...pastOf(route), ...paging, ...freshnessOf(route) }),
    params: z.object(route.params),
    query: z.object(route.query),
  };
}

/** Checks all that the client sent, and waits for what it asks to have been seen. */
async function receive<P extends z.ZodRawShape, Q extends z.ZodRawShape>(
  ports: QueryPorts,
  route: ReadRoute<P, Q, z.ZodType>,
  inputs: Inputs<P, Q>,
  request: FastifyRequest,
): Promise<ReadInput<P, Q>> {
  const { tenantId } = accessOf(request);
  const params = parseParameters(inputs.params, request.params);
  parseParameters(inputs.allowed, request.query);
  const query = parseParameters(inputs.query, request.query);
  const { asOf } = parseParameters(pastMoment, request.query);
  const { waitFor } = parseParameters(seenPosition, request.query);
  if (asOf !== undefined && asOf > ports.now()) {
    throw invalidParameters([{ path: 'asOf', code: 'in-the-future', message: 'must not be in the future' }]);
  }
  if (waitFor !== undefined && !(await waitForPosition(ports, route.readModels, waitFor, longestWait))) {
    throw new CodedError(
      'read-model-behind',
      'Try again in a moment, or read without waitFor what is there now.',
    );
  }
  return { tenantId, params, query, asOf };
}

function existing<T>(result: T | undefined): T {
  if (result === undefined) throw new CodedError('not-found', 'Nothing with this id is known here.');
  return result;
}

/** What is said of people is for the one who asked, and for now. */
function send(reply: FastifyReply, answer: object): object {
  reply.header('cache-control', 'no-store');
  return answer;
}

type AnyRoute = ReadRoute<z.ZodRawShape, z.ZodRawShape, z.ZodType>;

function pastOf({ travelsInTime }: Pick<AnyRoute, 'travelsInTime'>) {
  return travelsInTime === true ? timeTravel : {};
}

function freshnessOf({ readModels }: Pick<AnyRoute, 'readModels'>) {
  return readModels.length === 0 ? {} : freshness;
}

const statedPurpose = z.object({
  'x-purpose': z
    .enum(purposes)
    .optional()
    .meta({ description: 'Why this is read. Required for support; other roles have a usual one.' }),
  'x-ticket': z
    .string()
    .optional()
    .meta({ description: 'The reference of the ticket, without personal values. Required for support.' }),
});

const masked = z.array(z.string()).optional().meta({
  description: 'Where values were masked for this role, as paths within an entry; absent where none was.',
});

function maskedOf({ personal }: Pick<AnyRoute, 'personal'>) {
  return personal === true ? { masked } : {};
}

function optionsOf(route: AnyRoute, query: z.ZodType, answer: z.ZodType) {
  const { access, personal } = route;
  return { config: { access, ...(personal && { personal }) }, schema: schemaOf(route, query, answer) };
}

function schemaOf(route: Omit<AnyRoute, 'readModels' | 'model'>, query: z.ZodType, answer: z.ZodType) {
  const { operationId, summary, description, tag, params, personal } = route;
  return {
    operationId,
    summary,
    ...(description && { description }),
    tags: [tag],
    ...(Object.keys(params).length > 0 && { params: jsonSchema(z.object(params), 'input') }),
    querystring: jsonSchema(query, 'input'),
    ...(personal === true && { headers: jsonSchema(statedPurpose, 'input') }),
    response: { 200: jsonSchema(answer.meta({ description: summary }), 'output'), ...problemResponses },
  };
}
