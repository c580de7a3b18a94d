import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { CodedError } from '../../domain/errors.js';
import type { KeyStore } from '../../keyStore/keyStore.js';
import { accessOf } from '../auth.js';
import { problemResponses } from '../problems.js';
import { identifier, parseParameters } from '../reads/parameters.js';
import { jsonSchema } from '../schema.js';
import { addReceivedBody, existingBody, type ReceivedBody } from './jsonBody.js';

export interface KeyRoutesOptions {
  readonly keyStore: Pick<KeyStore, 'find' | 'rotateData' | 'rotateTenant' | 'rotateRoot'>;
  /** The pseudonym of a user id. */
  subjectOf(tenantId: string, userId: string): string;
}

const nothing = z.strictObject({});
const asked = z.discriminatedUnion('level', [
  z.strictObject({ level: z.literal('root') }),
  z.strictObject({ level: z.literal('tenant') }),
  z.strictObject({ level: z.literal('data'), userId: identifier('Whose data key.') }),
]);
const answer = z.object({ data: z.object({ level: z.enum(['root', 'tenant', 'data']) }) });

/** Rotation of the keys of personal values beside everything else that the server does. Mounted without a prefix. */
export function keyRoutes({ keyStore, subjectOf }: KeyRoutesOptions): FastifyPluginAsync {
  async function rotateData(tenantId: string, subject: string): Promise<void> {
    const state = await keyStore.find(tenantId, subject);
    if (state === undefined) throw new CodedError('not-found', 'This person has no key.');
    if (state.is === 'destroyed')
      throw new CodedError('conflict', 'The person was erased: there is no key to rotate.');
    await keyStore.rotateData(tenantId, subject);
  }

  return async (app) => {
    app.setValidatorCompiler(() => () => true);
    app.setSerializerCompiler(() => (shown) => JSON.stringify(shown));
    addReceivedBody(app);
    app.post<{ Body: ReceivedBody | undefined }>(
      '/v1/privacy/keys/rotate',
      {
        config: { access: 'admin' },
        schema: {
          operationId: 'rotateKeys',
          summary: 'Rotates one level of the keys that personal values are sealed with',
          description:
            'Answered when it is done, which for a tenant of a million persons takes a minute. It goes on where the caller is gone, and asked for again it goes on where it was cut short.',
          tags: ['privacy'],
          body: jsonSchema(asked, 'input'),
          response: { 200: jsonSchema(answer, 'output'), ...problemResponses },
        },
      },
      async (request) => {
        const { tenantId } = accessOf(request);
        parseParameters(nothing, request.query);
        const rotation = parseParameters(asked, existingBody(request.body).value);
        const { level } = rotation;
        if (rotation.level === 'root') await keyStore.rotateRoot();
        if (rotation.level === 'tenant') await keyStore.rotateTenant(tenantId);
        if (rotation.level === 'data') {
          const subject = subjectOf(tenantId, rotation.userId);
          await request.recordAbout([subject]);
          await rotateData(tenantId, subject);
        }
        return { data: { level } };
      },
    );
  };
}
