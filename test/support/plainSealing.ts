import type { JsonValue } from '../../src/domain/json.js';
import { compileFieldPolicy } from '../../src/domain/privacy/fieldRules.js';

/** For tests about other things than sealing: values stay readable, whatever they are. */
export const plainSealing = {
  sealerOf: async () => ({
    seal: (_message: string, _field: string, value: JsonValue) =>
      typeof value === 'string' ? value : JSON.stringify(value),
    isCurrent: () => true,
  }),
  isErased: async () => false,
  hasKeys: async () => true,
  open: async (_tenantId: string, texts: readonly string[]): Promise<(JsonValue | undefined)[]> => [...texts],
};

const paths = [
  'name',
  'category',
  'groupId',
  'properties',
  'context',
  'traits.*',
  'anonymousId',
  'previousId',
];

export const everythingKept = compileFieldPolicy({
  rules: [...paths, 'context.ip'].map((path) => ({ path, action: 'keep', unexamined: true }) as const),
  detected: 'redact',
});

/** Nobody was erased. */
export async function* nobody(): AsyncGenerator<never> {}
