import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Position } from '../../domain/metadata.js';
import { addReceivedBody } from '../privacy/jsonBody.js';

/** What routes that change a tenant's configuration need besides it. */
export interface ConfigurationRoutesOptions {
  formatPosition(position: Position): string;
  /** Epoch milliseconds. */
  now(): number;
}

export const noQuery = z.strictObject({});

/** Bodies are checked by the routes' own zod schemas, and answers are made by typed code. */
export function checkOwnBodies(app: FastifyInstance): void {
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (shown) => JSON.stringify(shown));
  addReceivedBody(app);
}

export function changedAnswer<S extends z.ZodType>(model: S) {
  return z.object({
    data: model,
    position: z.string().nullable().meta({ description: 'Of the change; null before any was made.' }),
  });
}
