import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { UserMessage } from '../../../../src/domain/journey/commands.js';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.js';
import { isSealed } from '../../../../src/domain/privacy/detection.js';
import { defaultFieldPolicy, type FieldPolicy } from '../../../../src/domain/privacy/fieldPolicy.js';
import { compileFieldPolicy } from '../../../../src/domain/privacy/fieldRules.js';
import { protectMessage } from '../../../../src/domain/privacy/protectMessage.js';

const ours = 'sealed:v1:ours';

/** What it seals cannot be read from the answer; its own sealed texts it gives back as they are. */
function seal(_path: string, value: JsonValue): string {
  return typeof value === 'string' && value === ours ? value : ours;
}

const planted = fc.constantFrom(
  'ada.lovelace@example.com',
  '+49 170 1234567',
  '0170/1234567',
  '(202) 555-0123',
  '4111 1111 1111 1111',
  '378282246310005',
  'DE89 3704 0044 0532 0130 00',
  'GB29NWBK60161331926819',
  '203.0.113.195',
  '2001:db8:85a3::8a2e:370:7334',
  'user-4711-of-tenant',
);
const around = fc.constantFrom(
  (value: string) => value,
  (value: string) => `ask for ${value} first`,
  (value: string) => `https://shop.example/find?q=${encodeURIComponent(value)}&page=2`,
  (value: string) => `(${value})`,
);
const name = fc.oneof(
  fc.constantFrom(
    'featureId',
    'email',
    'page',
    'url',
    'title',
    'plan',
    'device',
    'name',
    'target',
    'ip',
    'age',
  ),
  fc.string({ maxLength: 8 }).filter((text) => text !== '__proto__'),
);
/** Words alone can never be found to be personal. */
const harmless: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.stringMatching(/^[a-z]{0,12}( [a-z]{1,8}){0,3}$/),
  fc.integer({ min: -1e6, max: 1e6 }),
  fc.boolean(),
  fc.constant(null),
);
const tree = (leaf: fc.Arbitrary<JsonValue>, names: fc.Arbitrary<string>) =>
  fc.letrec<{ object: JsonObject; value: JsonValue }>((tie) => ({
    object: fc.dictionary(names, tie('value'), { maxKeys: 5, noNullPrototype: true }),
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      tie('object'),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
  })).object;

function messageOf(fields: Partial<UserMessage>): UserMessage {
  return {
    kind: 'track',
    messageId: 'm',
    occurredAt: 0,
    userId: 'user-4711-of-tenant',
    ...fields,
  };
}

const policies = fc.constantFrom<FieldPolicy[]>(
  defaultFieldPolicy,
  { rules: [], detected: 'drop' },
  { rules: [], detected: 'redact' },
  { rules: [{ path: 'traits.*', action: 'keep' }], detected: 'encrypt' },
  { rules: [{ path: 'properties', action: 'redact' }], detected: 'encrypt' },
  { rules: [{ path: 'context.ip', action: 'generalise' }], detected: 'redact' },
);

t.test('a personal value that was planted anywhere does not remain', async () => {
  fc.assert(
    fc.property(
      fc.record({
        properties: tree(harmless, name),
        context: tree(harmless, name),
        traits: tree(harmless, name),
      }),
      planted,
      around,
      fc.nat(),
      policies,
      (content, value, put, place, policy) => {
        const message = messageOf({ name: 'Shown', ...plant(content, put(value), place) });
        const { userId: _, ...recorded } = protectMessage(message, compileFieldPolicy(policy), seal);
        const text = JSON.stringify(recorded);
        assert(!text.includes(value), text);
        assert(!text.includes(encodeURIComponent(value)), text);
      },
    ),
    { numRuns: 2000 },
  );
});

t.test('where nothing is personal the message is the same object', async () => {
  const neutral = fc.stringMatching(/^x[a-z]{1,8}$/).map((text) => `${text}_x`);
  fc.assert(
    fc.property(tree(harmless, neutral), tree(harmless, neutral), policies, (properties, context, policy) => {
      const message = messageOf({ name: 'Lesson Opened', properties, context });
      assert.equal(protectMessage(message, compileFieldPolicy(policy), seal), message);
    }),
  );
});

t.test('to protect what is protected changes nothing', async () => {
  fc.assert(
    fc.property(
      fc.record({
        properties: tree(harmless, name),
        context: tree(harmless, name),
        traits: tree(harmless, name),
      }),
      planted,
      around,
      fc.nat(),
      policies,
      (content, value, put, place, policy) => {
        const rules = compileFieldPolicy(policy);
        const once = protectMessage(messageOf(plant(content, put(value), place)), rules, seal);
        assert.equal(protectMessage(once, rules, seal), once);
      },
    ),
    { numRuns: 1000 },
  );
});

t.test('the message that came in is not changed', async () => {
  fc.assert(
    fc.property(tree(harmless, name), planted, fc.nat(), (properties, value, place) => {
      const message = messageOf(plant({ properties }, value, place));
      const before = JSON.stringify(message);
      protectMessage(message, compileFieldPolicy(defaultFieldPolicy), seal);
      assert.equal(JSON.stringify(message), before);
      assert(!isSealed(before));
    }),
  );
});

type Content = Pick<UserMessage, 'properties' | 'context' | 'traits'>;

/** A copy with the text at one of the places where a value or a field can stand. */
function plant(content: Content, text: string, place: number): Content {
  const copy: Content = structuredClone(content);
  const objects: JsonObject[] = [];
  const collect = (value: JsonValue | undefined): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) objects.push(value);
    for (const below of Array.isArray(value) ? value : Object.values(value)) collect(below);
  };
  for (const each of Object.values(copy)) collect(each);
  const object = objects[place % objects.length];
  if (object === undefined) return copy;
  const names = Object.keys(object);
  const chosen = names[Math.floor(place / objects.length) % Math.max(1, names.length)] ?? 'note';
  switch (place % 3) {
    case 0:
      object[chosen] = text;
      break;
    case 1:
      object[chosen] = ['a', text];
      break;
    default:
      object[text] = object[chosen] ?? 1;
  }
  return copy;
}
