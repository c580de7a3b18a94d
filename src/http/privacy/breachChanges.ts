import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { BreachCommand } from '../../domain/breach/commands.js';
import { toBreach } from '../../queries/breaches.js';
import { accessOf } from '../auth.js';
import { problemResponses } from '../problems.js';
import { checkPeriod, invalidParameters, parseParameters } from '../reads/parameters.js';
import { jsonSchema } from '../schema.js';
import { assessBody, assessmentOf, authorityBody, closeBody, personsBody, recordBody } from './breachBody.js';
import { answer, type BreachRoutesOptions, nothing, params, url } from './breachRoute.js';
import { existingBody, type ReceivedBody } from './jsonBody.js';

/** What a client's clock may be ahead. Milliseconds. */
const clockSkew = 300_000;

type Done = { readonly breachId: string; readonly at: number; readonly by: string };

interface ChangeRoute<S extends z.ZodType> {
  /** After the breach's id; undefined: of the register itself. */
  readonly action: 'assess' | 'authority-notification' | 'persons-notification' | 'close' | undefined;
  readonly operationId: string;
  readonly summary: string;
  readonly body: S;
  command(body: z.output<S>, done: Done): BreachCommand;
}

/** What an officer does with a breach. */
export function addChanges(app: FastifyInstance, options: BreachRoutesOptions): void {
  const past = (path: string, at: number) => {
    if (at > options.now() + clockSkew)
      throw invalidParameters([{ path, code: 'in-the-future', message: 'must not be in the future' }]);
    return Math.min(at, options.now());
  };
  const add = <S extends z.ZodType>(route: ChangeRoute<S>) => addChange(app, options, route);
  add({
    action: undefined,
    operationId: 'recordBreach',
    summary: 'Records a breach; the 72 hours run from when the controller became aware',
    body: recordBody,
    command: ({ breachId: given, awareAt, ...body }, done) => {
      checkPeriod({ from: body.scope.from ?? undefined, to: body.scope.to ?? undefined });
      const data = { ...done, breachId: given ?? done.breachId, awareAt: past('awareAt', awareAt) };
      return { type: 'RecordBreach', data: { ...data, assessment: assessmentOf(body) } };
    },
  });
  add({
    action: 'assess',
    operationId: 'assessBreach',
    summary: 'Replaces the assessment, when more is known',
    body: assessBody,
    command: (body, done) => {
      checkPeriod({ from: body.scope.from ?? undefined, to: body.scope.to ?? undefined });
      return { type: 'AssessBreach', data: { ...done, assessment: assessmentOf(body) } };
    },
  });
  add({
    action: 'authority-notification',
    operationId: 'recordAuthorityNotification',
    summary: 'Records that the supervisory authority was notified (Art. 33 GDPR)',
    body: authorityBody,
    command: (body, done) => ({
      type: 'RecordAuthorityNotification',
      data: { ...done, ...body, notifiedAt: past('notifiedAt', body.notifiedAt) },
    }),
  });
  add({
    action: 'persons-notification',
    operationId: 'recordPersonsNotification',
    summary: 'Records that the persons were notified over a channel (Art. 34 GDPR)',
    body: personsBody,
    command: (body, done) => ({
      type: 'RecordPersonsNotification',
      data: { ...done, ...body, notifiedAt: past('notifiedAt', body.notifiedAt) },
    }),
  });
  add({
    action: 'close',
    operationId: 'closeBreach',
    summary: 'Closes a breach, with the reason',
    body: closeBody,
    command: (body, done) => ({ type: 'CloseBreach', data: { ...done, ...body } }),
  });
}

function addChange<S extends z.ZodType>(
  app: FastifyInstance,
  { breaches, formatPosition, newId, now }: BreachRoutesOptions,
  { action, operationId, summary, body, command }: ChangeRoute<S>,
): void {
  const status = action === undefined ? 201 : 200;
  app.post<{ Body: ReceivedBody | undefined }>(
    action === undefined ? url : `${url}/:id/${action}`,
    {
      config: { access: 'privacy' },
      schema: {
        operationId,
        summary,
        tags: ['privacy'],
        ...(action !== undefined && { params: jsonSchema(params, 'input') }),
        body: jsonSchema(body, 'input'),
        response: { [status]: jsonSchema(answer, 'output'), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { tenantId, keyId } = accessOf(request);
      const id = action === undefined ? newId() : parseParameters(params, request.params).id;
      parseParameters(nothing, request.query);
      const asked = parseParameters(body, existingBody(request.body).value);
      const done = { breachId: id, at: now(), by: keyId };
      const changed = await breaches.execute(tenantId, command(asked, done), request.id);
      reply.code(status).header('cache-control', 'no-store');
      return { data: toBreach(changed.breach, now()), position: formatPosition(changed.position) };
    },
  );
}
