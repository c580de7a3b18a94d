import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { Reachability } from '../../commands/help/reachability.js';
import type { ResendIntervention } from '../../commands/help/resendIntervention.js';
import { CodedError } from '../../domain/errors.js';
import { findSuppression } from '../../queries/deliveries.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { accessOf } from '../auth.js';
import { problemResponses } from '../problems.js';
import { identifier, parseParameters } from '../reads/parameters.js';
import { jsonSchema } from '../schema.js';
import { checkOwnBodies, noQuery } from './configurationRoute.js';

export interface DeliveryRoutesOptions {
  readonly ports: QueryPorts;
  readonly resend: ResendIntervention;
  readonly reachability: Pick<Reachability, 'release'>;
}

const params = z.object({ id: identifier('The id.') });
const changed = z.object({ position: z.string().nullable() });

/** What can be done about messages that did not arrive. Mounted without a prefix. */
export function deliveryRoutes(options: DeliveryRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    checkOwnBodies(app);
    addResend(app, options.resend);
    addRelease(app, options);
  };
}

function addResend(app: FastifyInstance, resend: ResendIntervention): void {
  app.post(
    '/v1/interventions/:id/resend',
    {
      config: { access: 'help' },
      schema: {
        operationId: 'resendIntervention',
        summary: 'Has a message that no channel took sent again, over all of its channels',
        description:
          'Consent and suppression are looked at again. Repeated while it is on its way, it changes nothing.',
        tags: ['interventions'],
        params: jsonSchema(params, 'input'),
        response: { 200: jsonSchema(changed, 'output'), ...problemResponses },
      },
    },
    async (request) => {
      const { tenantId, keyId, role } = accessOf(request);
      const { id: interventionId } = parseParameters(params, request.params);
      parseParameters(noQuery, request.query);
      const position = await resend({
        ...{ tenantId, interventionId, actor: { keyId, role } },
        about: (subject) => request.recordAbout([subject]),
      });
      return { position };
    },
  );
}

function addRelease(app: FastifyInstance, { ports, reachability }: DeliveryRoutesOptions): void {
  app.delete(
    '/v1/suppressions/:id',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'releaseSuppression',
        summary: 'Lets a person be reached over a channel again',
        tags: ['interventions'],
        params: jsonSchema(params, 'input'),
        response: { 200: jsonSchema(changed, 'output'), ...problemResponses },
      },
    },
    async (request) => {
      const { tenantId, keyId, role } = accessOf(request);
      const { id } = parseParameters(params, request.params);
      parseParameters(noQuery, request.query);
      const found = await findSuppression(openView(ports, tenantId, ['suppressions']), id);
      if (found === undefined) throw new CodedError('not-found', 'Nothing is suppressed under this id.');
      const { subject, channel } = found;
      await request.recordAbout([subject]);
      const position = await reachability.release(tenantId, { subject, channel, actor: { keyId, role } });
      return { position: position ?? null };
    },
  );
}
