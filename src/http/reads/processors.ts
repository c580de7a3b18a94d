import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ParkedEvent } from '../../processors/processor.js';
import type { Processors } from '../../processors/processors.js';
import { count, duration, isoTime, rate, text, time } from '../../queries/models/fields.js';
import { mapPage } from '../../queries/page.js';
import { endOfLog, openView, type QueryPorts } from '../../queries/view.js';
import { problemResponses } from '../problems.js';
import { jsonSchema } from '../schema.js';
import { identifier, parseParameters } from './parameters.js';
import { addList } from './route.js';

export type ProcessorControl = Pick<Processors, 'statuses' | 'rebuild' | 'parked' | 'retryParked'>;

const status = z
  .object({
    name: z.string(),
    kind: z.enum(['projection', 'reactor']),
    version: z.int(),
    state: z.enum(['starting', 'running', 'rebuilding', 'elsewhere', 'failed', 'stopped']),
    position: z.string().nullable().meta({ description: 'Up to where it has seen the events.' }),
    lag: duration('Since the oldest event that is not done was recorded; 0 when caught up.'),
    behind: z.boolean(),
    waiting: count('Events that a reactor holds in memory, waiting or in work; the rest waits in the log.'),
    parked: count('Events it could not process, and those behind them.'),
    rebuildProgress: rate('While rebuilding; null otherwise.').nullable(),
    error: z.string().nullable(),
  })
  .meta({ id: 'Processor' });

/** Without the stream, which names a person by pseudonym. */
const parkedEvent = z
  .object({
    id: z.string(),
    eventType: z.string(),
    position: text('Its place among all recorded events.'),
    reason: text('Why it failed; `behind-parked-event` for those that wait behind one.'),
    attempts: count('How often it was tried.'),
    parkedAt: time('When it was parked.'),
  })
  .meta({ id: 'ParkedEvent' });

const retry = z
  .object({
    processed: count('Events of its stream processed now.'),
    failure: z.string().nullable().meta({ description: 'Why the first that is left failed.' }),
  })
  .meta({ id: 'Retry' });

const name = identifier("The processor's name.");
const named = z.object({ name });
const parked = z.object({ name, id: identifier("The parked event's id.") });
const nothing = z.strictObject({});
const statusesAnswer = z.object({
  data: z.array(status),
  nextCursor: z.null(),
  position: z.string().nullable().meta({ description: 'The end of the log.' }),
});
const rebuildAnswer = z.object({ data: z.object({ name: z.string() }) });
const retryAnswer = z.object({ data: retry });

/** The processors of the installation, which serve all tenants. */
export function addProcessors(app: FastifyInstance, ports: QueryPorts, processors: ProcessorControl): void {
  app.get(
    '/v1/processors',
    {
      config: { access: 'read' },
      schema: {
        operationId: 'listProcessors',
        tags: ['operation'],
        summary: 'Projections and reactors: position, lag, state',
        response: { 200: jsonSchema(statusesAnswer, 'output'), ...problemResponses },
      },
    },
    async (request) => {
      parseParameters(nothing, request.query);
      return { data: processors.statuses(), nextCursor: null, position: await endOfLog(ports) };
    },
  );

  app.post(
    '/v1/processors/:name/rebuild',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'rebuildProcessor',
        tags: ['operation'],
        summary: 'Begins to build a read model anew beside the live one',
        description: 'It is swapped in when it has caught up; `GET /v1/processors` tells how far it is.',
        params: jsonSchema(named, 'input'),
        response: { 202: jsonSchema(rebuildAnswer, 'output'), ...problemResponses },
      },
    },
    async (request, reply) => {
      const params = parseParameters(named, request.params);
      parseParameters(nothing, request.query);
      await processors.rebuild(params.name);
      return reply.code(202).send({ data: { name: params.name } });
    },
  );

  addList(
    app,
    ports,
    {
      url: '/v1/processors/:name/parked',
      operationId: 'listParkedEvents',
      access: 'admin',
      tag: 'operation',
      summary: 'Events that a processor could not process, oldest first',
      readModels: [],
      params: { name },
      query: {},
      model: parkedEvent,
    },
    async ({ tenantId, params }, page) => {
      const found = await processors.parked(params.name, page);
      const { position = null } = processors.statuses().find((each) => each.name === params.name) ?? {};
      return { view: { ...openView(ports, tenantId, []), position }, found: mapPage(found, toParked) };
    },
  );

  app.post(
    '/v1/processors/:name/parked/:id/retry',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'retryParkedEvent',
        tags: ['operation'],
        summary: 'Processes the parked events of the same stream again, in their order',
        params: jsonSchema(parked, 'input'),
        response: { 200: jsonSchema(retryAnswer, 'output'), ...problemResponses },
      },
    },
    async (request) => {
      const params = parseParameters(parked, request.params);
      parseParameters(nothing, request.query);
      return { data: await processors.retryParked(params.name, params.id) };
    },
  );
}

function toParked({ id, eventType, position, reason, attempts, parkedAt }: ParkedEvent) {
  return { id, eventType, position, reason, attempts, parkedAt: isoTime(parkedAt) };
}
