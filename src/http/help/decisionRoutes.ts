import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { RequestHelp } from '../../commands/help/requestHelp.js';
import { knownStrategy, type Strategies } from '../../commands/help/strategies.js';
import type { StrategyTest, StrategyTestRequest } from '../../commands/help/testStrategy.js';
import { interventionIdFor } from '../../domain/intervention/streamName.js';
import { findPersonal } from '../../domain/privacy/detection.js';
import { strategyTest } from '../../queries/models/strategyTest.js';
import { toStrategyTest } from '../../queries/strategyTests.js';
import type { QueryPorts } from '../../queries/view.js';
import { accessOf } from '../auth.js';
import { existingBody, type ReceivedBody } from '../privacy/jsonBody.js';
import { problemResponses } from '../problems.js';
import { identifier, instant, parseParameters } from '../reads/parameters.js';
import { jsonSchema } from '../schema.js';
import { type ConfigurationRoutesOptions, checkOwnBodies, noQuery } from './configurationRoute.js';
import { causeOf, happeningBody, happeningOf } from './happening.js';

export interface DecisionRoutesOptions extends Pick<ConfigurationRoutesOptions, 'formatPosition'> {
  readonly ports: QueryPorts;
  readonly strategies: Strategies;
  readonly requestHelp: RequestHelp;
  test(userId: string, request: StrategyTestRequest): Promise<StrategyTest>;
  /** A random UUID. */
  newId(): string;
}

const userId = identifier('The id your application knows the person by.');
const params = z.object({ id: identifier("The strategy's id.") });
const testBody = z.strictObject({
  userId,
  at: instant('The moment to decide at; default: now. Consent is as it is now.').optional(),
  happening: happeningBody,
});
const requestBody = z.strictObject({
  userId,
  strategyId: identifier('A strategy that waits for requests.'),
  requestId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1–64 letters, digits, - and _')
    .refine((text) => findPersonal(text).length === 0, 'must hold no personal value')
    .optional()
    .meta({ description: 'Yours: the same again is the same request, and changes nothing.' }),
});
const requested = z.object({
  data: z.object({
    decisionId: z.string(),
    outcome: z.enum(['proposed', 'declined']),
    arm: z.enum(['treated', 'holdout']).nullable(),
    interventionId: z.string().nullable().meta({ description: 'The help that it leads to.' }),
  }),
  position: z.string().nullable().meta({ description: 'For `waitFor` of the decisions.' }),
});

/** Decisions about help that are asked for, and those that are tried out. Mounted without a prefix. */
export function decisionRoutes(options: DecisionRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    checkOwnBodies(app);
    addTest(app, options);
    addRequest(app, options);
  };
}

function addTest(app: FastifyInstance, { ports, strategies, test }: DecisionRoutesOptions): void {
  app.post<{ Body: ReceivedBody | undefined }>(
    '/v1/strategies/:id/test',
    {
      config: { access: 'person', personal: true },
      schema: {
        operationId: 'testStrategy',
        summary: 'What a strategy would do for a person at a moment, rule by rule; changes nothing',
        tags: ['help'],
        params: jsonSchema(params, 'input'),
        body: jsonSchema(testBody, 'input'),
        response: { 200: jsonSchema(z.object({ data: strategyTest }), 'output'), ...problemResponses },
      },
    },
    async (request) => {
      const { tenantId } = accessOf(request);
      const { id: strategyId } = parseParameters(params, request.params);
      parseParameters(noQuery, request.query);
      const body = parseParameters(testBody, existingBody(request.body).value);
      const { trigger } = knownStrategy(strategies.of(tenantId), strategyId).definition;
      const happening = happeningOf(body.happening, strategyId, trigger);
      const at = body.at ?? ports.now();
      const subject = ports.subjectOf(tenantId, 'user', body.userId);
      request.subjects = [subject];
      const cause = causeOf(happening);
      const about = { tenantId, subject, strategyId, at, causedAt: at, cause, happening };
      return { data: toStrategyTest(await test(body.userId, about)) };
    },
  );
}

function addRequest(
  app: FastifyInstance,
  { ports, requestHelp, formatPosition, newId }: DecisionRoutesOptions,
): void {
  app.post<{ Body: ReceivedBody | undefined }>(
    '/v1/interventions',
    {
      config: { access: 'help' },
      schema: {
        operationId: 'requestIntervention',
        summary: 'Asks for help for a person, by a strategy that waits for requests',
        description:
          'It is decided by the same rules as all help, and may be declined: the decision says why.',
        tags: ['interventions'],
        body: jsonSchema(requestBody, 'input'),
        response: { 200: jsonSchema(requested, 'output'), ...problemResponses },
      },
    },
    async (request) => {
      const { tenantId } = accessOf(request);
      parseParameters(noQuery, request.query);
      const body = parseParameters(requestBody, existingBody(request.body).value);
      const { strategyId, requestId = newId() } = body;
      const subject = ports.subjectOf(tenantId, 'user', body.userId);
      await request.recordAbout([subject]);
      const { decisionId, state, position } = await requestHelp({
        ...{ tenantId, subject, strategyId, requestId, correlationId: request.id },
      });
      const chosen = state.status === 'made' ? state.chosen : null;
      const isProposed = chosen?.arm === 'treated';
      return {
        data: {
          decisionId,
          outcome: isProposed ? 'proposed' : 'declined',
          arm: chosen?.arm ?? null,
          interventionId: isProposed ? interventionIdFor(decisionId, strategyId) : null,
        },
        position: position === undefined ? null : formatPosition(position),
      };
    },
  );
}
