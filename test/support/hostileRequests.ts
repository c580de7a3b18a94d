import fc from 'fast-check';

export interface JsonSchemaPart {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchemaPart[];
  readonly oneOf?: readonly JsonSchemaPart[];
  readonly allOf?: readonly JsonSchemaPart[];
  readonly properties?: Readonly<Record<string, JsonSchemaPart>>;
  readonly items?: JsonSchemaPart;
}

/** Text that has broken parsers, stores, templates and paths before. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['', ' ', '\u0000', '\ud800', 'a\u0000b', '\u202e', '__proto__', 'constructor', 'toString', 'null'],
    ...['..', '../../../../etc/passwd', '%00', '%', '%ZZ', '/', '//', '?', '#', ';', "' OR 1=1--", '$ne'],
    ...['{{7*7}}', '<script>', 'sealed:v1:', 'sealed:v1:1:00:00', '-1', '0', 'NaN', '1e309', 'true'],
    ...['2026-13-45T99:99:99Z', '9999-12-31T23:59:59Z', '-271821-04-20T00:00:00Z', '18446744073709551616'],
    ...['9'.repeat(400), 'a'.repeat(5000), '🙂'.repeat(300), '['.repeat(2000), 'ada@example.com', '[]', '{}'],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

const anything = fc.oneof(fc.jsonValue({ maxDepth: 3 }), hostileText);

/** Values that nearly fit the schema: each part of them may be something else instead. */
export function nearly(
  schema: JsonSchemaPart | undefined,
  definitions: Readonly<Record<string, JsonSchemaPart>>,
  depth = 0,
): fc.Arbitrary<unknown> {
  if (schema === undefined || depth > 6) return anything;
  return fc.oneof(
    { weight: 9, arbitrary: fitting(schema, definitions, depth) },
    { weight: 1, arbitrary: anything },
  );
}

function fitting(
  schema: JsonSchemaPart,
  definitions: Readonly<Record<string, JsonSchemaPart>>,
  depth: number,
): fc.Arbitrary<unknown> {
  const within = (part: JsonSchemaPart | undefined) => nearly(part, definitions, depth + 1);
  if (schema.$ref !== undefined) return within(definitions[schema.$ref.split('/').at(-1) ?? '']);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices !== undefined && choices.length > 0) return fc.oneof(...choices.map(within));
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return objectLike(schema.properties ?? {}, within);
    case 'array':
      return fc.array(within(schema.items), { maxLength: 4 });
    case 'string':
      return fc.oneof(hostileText, fc.uuid({ version: 4 }), fc.constantFrom('ann', '2026-03-02T10:00:00Z'));
    case 'integer':
    case 'number':
      return fc.oneof(fc.maxSafeInteger(), fc.double(), fc.constantFrom(0, 1, -1, 1e308));
    case 'boolean':
      return fc.boolean();
    default:
      return anything;
  }
}

function objectLike(
  properties: Readonly<Record<string, JsonSchemaPart>>,
  within: (part: JsonSchemaPart) => fc.Arbitrary<unknown>,
): fc.Arbitrary<object> {
  const known = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, within(part)])),
    { requiredKeys: [] },
  );
  const more = fc.oneof(
    { weight: 8, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(hostileText, anything, { maxKeys: 3 }) },
  );
  return fc.tuple(known, more).map(([some, others]) => ({ ...others, ...some }));
}
