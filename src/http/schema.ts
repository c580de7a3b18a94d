import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Of schemas printed before: several servers in one process describe the same routes. */
const printed = { input: new WeakMap<z.ZodType, JsonSchema>(), output: new WeakMap<z.ZodType, JsonSchema>() };

/**
 * The JSON Schema that Fastify validates or serialises with, and that the OpenAPI page shows: one zod schema is the
 * source of the TypeScript type, the check and the description. Draft 7 is what Fastify's AJV speaks; what zod prints
 * in it reads the same in OpenAPI 3.1 (draft 2020-12) as long as no tuples are used.
 *
 * `input` describes what a client sends (fields with a default may be left out, unknown ones are ignored),
 * `output` what the server answers (every field is there, nothing else is).
 */
export function jsonSchema(schema: z.ZodType, direction: 'input' | 'output'): JsonSchema {
  const known = printed[direction].get(schema);
  if (known !== undefined) return known;
  const { $schema: _, ...body } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: direction,
    override: ({ jsonSchema }) => {
      // Every key of a JSON object is a string: checking it would cost a loop over each record and say nothing.
      delete jsonSchema.propertyNames;
    },
  });
  printed[direction].set(schema, body);
  return body;
}
