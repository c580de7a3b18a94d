import type { FastifyInstance, FastifyPluginAsync, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import type { AccessKeys } from '../../commands/accessKeys.js';
import type { CheckMessages, IngestMessages, IngestRequest } from '../../commands/incomingMessage.js';
import type { JsonValue } from '../../domain/json.js';
import { authorise } from '../auth.js';
import type { Metrics } from '../metrics.js';
import { problemResponses } from '../problems.js';
import { type RateLimits, rateCheck } from '../rateLimits.js';
import { jsonSchema } from '../schema.js';
import type { Adapted, Delivery } from './adapter.js';
import { addJsonBody } from './body.js';
import { adaptApiEvents, apiEvents } from './eventsApi.js';
import { isJsonObject, type ParsedJson } from './json.js';
import { adaptSegmentBatch, adaptSegmentCall, type SegmentKind } from './segment.js';
import { segmentBatch, segmentCalls } from './segmentMessage.js';
import { addSegmentSettings } from './segmentSettings.js';

export interface IngestionDependencies {
  readonly accessKeys: AccessKeys;
  readonly ingestMessages: IngestMessages;
  readonly checkMessages: CheckMessages;
  readonly countEvents: Metrics['countEvents'];
  readonly now: () => number;
  readonly limits: { readonly bodyBytes: number };
  readonly rateLimits?: RateLimits;
}

interface Door {
  /** Below `/v1` and `/v1/debug`. */
  readonly path: string;
  /** The browser SDK's. */
  readonly shortPath: string;
  readonly source: string;
  readonly operationId: string;
  readonly summary: string;
  /** For the API's description: the adapter checks, event by event. */
  readonly body: z.ZodType;
  adapt(body: JsonValue, received: Omit<Delivery, 'sentAt'>): Adapted;
}

type SharedDoor = Omit<Door, 'path' | 'shortPath'>;

const segmentKinds: readonly SegmentKind[] = ['identify', 'track', 'page', 'screen', 'group', 'alias'];

const segmentDoors: readonly Door[] = [
  ...segmentKinds.map(
    (kind): Door => ({
      path: kind,
      shortPath: kind.charAt(0),
      source: 'segment',
      operationId: kind,
      summary: `\`${kind}\` of the Segment HTTP Tracking API; short form \`/v1/${kind.charAt(0)}\``,
      body: segmentCalls[kind],
      adapt: (body, received) => adaptSegmentCall(kind, body, received),
    }),
  ),
  {
    path: 'batch',
    shortPath: 'b',
    source: 'segment',
    operationId: 'batch',
    summary: 'Any calls of the Segment HTTP Tracking API, together',
    body: segmentBatch,
    adapt: adaptSegmentBatch,
  },
];

const eventsApiDoor: SharedDoor = {
  source: 'events-api',
  operationId: 'trackEvents',
  summary: 'One event, or an array of them, in the shape of the events API',
  body: apiEvents,
  adapt: adaptApiEvents,
};

const answer = z.object({
  success: z.literal(true),
  accepted: z.int(),
  duplicates: z.int(),
  suppressed: z.int(),
  rejected: z.array(
    z.object({ index: z.int(), messageId: z.string().nullable(), code: z.string(), message: z.string() }),
  ),
  position: z.string().nullable().meta({ description: 'For `waitFor` of a read.' }),
});

/** Every door that takes events, each with its twin under `/v1/debug` that says what would happen and writes nothing. */
export function ingestionRoutes(dependencies: IngestionDependencies): FastifyPluginAsync {
  return async (scope) => {
    addJsonBody(scope, dependencies.limits.bodyBytes);
    if (dependencies.rateLimits?.rates.ingestion !== undefined)
      addBodyKeyLimits(scope, dependencies, dependencies.rateLimits);
    addSegmentSettings(scope, dependencies.accessKeys);
    for (const door of segmentDoors) {
      addWriting(scope, `/v1/${door.path}`, door, dependencies);
      addWriting(scope, `/v1/${door.shortPath}`, door, dependencies, { hide: true });
      addChecking(scope, `/v1/debug/${door.path}`, door, dependencies);
    }
    addWriting(scope, '/api/events/track', eventsApiDoor, dependencies);
    addChecking(scope, '/v1/debug/events/track', eventsApiDoor, dependencies);
  };
}

/** Keys in headers were checked before the body was received. */
function addBodyKeyLimits(
  scope: FastifyInstance,
  { accessKeys }: IngestionDependencies,
  limits: RateLimits,
): void {
  const check = rateCheck(limits);
  scope.addHook('preHandler', async (request: FastifyRequest<{ Body?: ParsedJson }>) => {
    if (request.access !== null || request.body?.value === undefined) return;
    request.access = authorise(accessKeys, keyInBody(request.body.value), 'write');
    await check(request.access);
  });
}

function addWriting(
  scope: FastifyInstance,
  url: string,
  door: SharedDoor,
  dependencies: IngestionDependencies,
  description: FastifySchema = {},
): void {
  const { ingestMessages, countEvents } = dependencies;
  scope.post<{ Body: ParsedJson }>(url, doorOptions(door, description), async (request) => {
    const ingestRequest = receive(request, door, dependencies);
    const result = await ingestMessages(ingestRequest);
    countEvents(ingestRequest, result);
    return { success: true, ...result };
  });
}

function addChecking(
  scope: FastifyInstance,
  url: string,
  door: SharedDoor,
  dependencies: IngestionDependencies,
): void {
  const description = {
    operationId: `check${door.operationId.charAt(0).toUpperCase()}${door.operationId.slice(1)}`,
    summary: `${door.summary}: says what would happen and writes nothing`,
  };
  scope.post<{ Body: ParsedJson }>(url, doorOptions(door, description), async (request) => ({
    success: true,
    ...(await dependencies.checkMessages(receive(request, door, dependencies))),
  }));
}

function doorOptions({ operationId, summary, body }: SharedDoor, description: FastifySchema) {
  return {
    config: { access: 'write' },
    schema: {
      operationId,
      tags: ['ingestion'],
      summary,
      security: [{ writeKey: [] }],
      body: jsonSchema(body, 'input'),
      response: { 200: jsonSchema(answer, 'output'), ...problemResponses },
      ...description,
    },
    // The body's schema describes; what is checked is each event by itself, so that a bad one fails alone.
    validatorCompiler: () => () => true,
  } as const;
}

/** @throws CodedError `unauthorized` or `forbidden` where the headers held no key and the body holds no better one */
function receive(
  request: FastifyRequest<{ Body: ParsedJson }>,
  door: SharedDoor,
  { accessKeys, now }: IngestionDependencies,
): IngestRequest {
  const receivedAt = now();
  const { value, needsCleaning } = request.body;
  const { tenantId } = request.access ?? authorise(accessKeys, keyInBody(value), 'write');
  const adapted = door.adapt(value, { receivedAt, needsCleaning });
  return {
    tenantId,
    correlationId: request.id,
    source: door.source,
    receivedAt,
    ...adapted,
    globalPrivacyControl: request.headers['sec-gpc'] === '1',
  };
}

function keyInBody(body: JsonValue): string | undefined {
  if (!isJsonObject(body)) return undefined;
  const key = body.writeKey ?? body.api_key;
  return typeof key === 'string' ? key : undefined;
}
