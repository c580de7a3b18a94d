import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { CodedError } from '../../domain/errors.js';
import { parseSealed } from '../../keyStore/sealedText.js';
import {
  type QuarantinedMessage,
  quarantinedMessage,
  quarantineStatuses,
} from '../../queries/models/quarantine.js';
import { findQuarantined, listQuarantine } from '../../queries/quarantine.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { accessOf } from '../auth.js';
import { problemResponses } from '../problems.js';
import { jsonSchema } from '../schema.js';
import { identifier, parseParameters } from './parameters.js';
import { addList } from './route.js';

const replay = z
  .object({
    accepted: z.boolean().meta({ description: 'False where it is still not valid.' }),
    rejection: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: 'Why it is still not valid.' }),
    position: z.string().nullable().meta({ description: 'For `waitFor` of a read.' }),
  })
  .meta({ id: 'Replay' });

/** Sends a rejected message through its door again, and records what became of it. */
export type ReplayQuarantined = (request: {
  readonly tenantId: string;
  readonly correlationId: string;
  readonly message: QuarantinedMessage;
}) => Promise<z.output<typeof replay>>;

const readModels = ['quarantine'];
const params = z.object({ id: identifier("The quarantined message's id.") });
const nothing = z.strictObject({});
const replayAnswer = z.object({ data: replay });

export function addQuarantine(app: FastifyInstance, ports: QueryPorts, replayOne: ReplayQuarantined): void {
  addList(
    app,
    ports,
    {
      url: '/v1/quarantine',
      operationId: 'listQuarantine',
      access: 'admin',
      personal: true,
      tag: 'operation',
      summary: 'Rejected messages with the reason, newest first',
      readModels,
      params: {},
      query: {
        code: identifier('Only those rejected for this reason.').optional(),
        status: z.enum(quarantineStatuses).optional(),
      },
      model: quarantinedMessage,
    },
    async ({ tenantId, query }, page) => {
      const view = openView(ports, tenantId, readModels);
      return { view, found: await listQuarantine(view, query, page) };
    },
  );

  app.post(
    '/v1/quarantine/:id/replay',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'replayQuarantined',
        tags: ['operation'],
        summary: 'Sends a rejected message through its door again',
        description:
          'For when its schema or the rules have changed. One that was accepted is not sent twice.',
        params: jsonSchema(params, 'input'),
        response: { 200: jsonSchema(replayAnswer, 'output'), ...problemResponses },
      },
    },
    async (request) => {
      const { tenantId } = accessOf(request);
      const { id } = parseParameters(params, request.params);
      parseParameters(nothing, request.query);
      const message = await findQuarantined(openView(ports, tenantId, readModels), id);
      if (message === undefined) throw new CodedError('not-found', 'No quarantined message has this id.');
      if (message.status === 'replayed') {
        throw new CodedError('conflict', 'This message was accepted when it was sent again.');
      }
      const subject = parseSealed(message.payload)?.subject;
      await request.recordAbout(subject === undefined ? [] : [subject]);
      return { data: await replayOne({ tenantId, correlationId: request.id, message }) };
    },
  );
}
