import { Ajv, type ErrorObject } from 'ajv';
import type { z } from 'zod';
import type { JsonObject } from '../../domain/json.js';
import { jsonSchema } from '../schema.js';
import type { Rejection, RejectionCode } from './rejections.js';

// zod prints the schemas, so they are not checked themselves: that would cost more than all else when the program starts.
const ajv = new Ajv({ discriminator: true, allowUnionTypes: true, validateSchema: false });

export interface CompiledCheck<T> {
  readonly accepts: (event: JsonObject) => event is JsonObject & T;
  /** Of the event that was refused last. */
  readonly rejection: () => Rejection;
}

/**
 * Compiles the check of one event. `discriminator` names the field that says which member of a union it is, so that
 * only that one is looked at.
 */
export function compileEventCheck<S extends z.ZodType>(
  schema: S,
  discriminator?: string,
): CompiledCheck<z.infer<S>> {
  const described = jsonSchema(schema, 'input');
  const validate = ajv.compile<z.infer<S>>(
    discriminator === undefined
      ? described
      : { type: 'object', ...described, discriminator: { propertyName: discriminator } },
  );
  return {
    accepts: (event): event is JsonObject & z.infer<S> => validate(event),
    rejection: () => toRejection(validate.errors?.[0]),
  };
}

const codeOfField: Readonly<Record<string, RejectionCode>> = {
  type: 'unknown-type',
  eventType: 'unknown-type',
  userId: 'invalid-user-id',
  anonymousId: 'invalid-anonymous-id',
  messageId: 'invalid-message-id',
  groupId: 'invalid-group-id',
  previousId: 'invalid-previous-id',
  event: 'invalid-event-name',
  timestamp: 'invalid-timestamp',
  originalTimestamp: 'invalid-timestamp',
  sentAt: 'invalid-timestamp',
};

/** Schemas are flat, so the first part of the path is one of the schema's own names and never a client's. */
function toRejection(fault: ErrorObject | undefined): Rejection {
  const missing: unknown = fault?.params.missingProperty ?? fault?.params.tag;
  const field = typeof missing === 'string' ? missing : (fault?.instancePath.split('/', 2)[1] ?? '');
  const code = codeOfField[field];
  return code === undefined ? { code: 'invalid-field', field } : { code };
}
