import fc from 'fast-check';
import t from 'tap';
import type { Access } from '../../../src/commands/accessKeys.js';
import type { JsonValue } from '../../../src/domain/json.js';
import { showTo } from '../../../src/http/personalValues.js';
import { type Reader, readerOf } from '../../../src/http/reader.js';
import { standInPersonalValues, standInSealed } from '../../support/personalValues.js';

const about = { action: 'readThings', correlationId: 'c', subjects: [] };
const [ann, ben] = ['a'.repeat(32), 'b'.repeat(32)];
const names = { purpose: 'x-purpose', ticket: 'x-ticket' };

function reader(role: Access['role'], purpose?: string, more: Partial<Access> = {}): Reader {
  const access = { tenantId: 'default', keyId: 'k', role, ...more };
  return readerOf(access, { purpose, ticket: role === 'support' ? 'T-1' : undefined, ids: [] }, names);
}

/** A planted value: stands in a payload where a sealed text will. */
class Planted {
  constructor(
    readonly subject: string,
    readonly value: JsonValue,
  ) {}
}

/** JSON with planted values anywhere; plain texts that only resemble sealed ones are left as they are. */
const payloads = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5, depthSize: 'medium' },
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant('Sealed:v1:x')),
    fc
      .tuple(
        fc.constantFrom(ann, ben),
        fc.oneof(fc.string(), fc.integer(), fc.constant<JsonValue>({ a: [1] })),
      )
      .map(([subject, value]) => new Planted(subject, value)),
    fc.array(tie('node'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('node'), { maxKeys: 5 }),
  ),
})).node;

/** The payload with every planted value turned into something else. */
function replant(node: unknown, turn: (planted: Planted) => unknown): unknown {
  if (node instanceof Planted) return turn(node);
  if (Array.isArray(node)) return node.map((each) => replant(each, turn));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([name, each]) => [name, replant(each, turn)]));
}

t.test(
  'a masked role is left no sealed text and no value, a role that may see them all of them',
  async () => {
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        const { ports, accesses } = standInPersonalValues();
        const stored = { data: replant(payload, ({ subject, value }) => standInSealed(subject, value)) };
        const before = JSON.stringify(stored);
        const opened = { data: replant(payload, ({ value }) => value) };
        const blanked = { data: replant(payload, () => null) };
        const people = new Set<string>();
        replant(payload, ({ subject }) => people.add(subject));

        const seen = await showTo(ports, reader('administrator'), about, stored);
        const { masked, ...masking } = (await showTo(ports, reader('analyst'), about, stored)) as {
          data: unknown;
          masked?: string[];
        };
        const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
        return (
          same(seen, opened) &&
          same(masking, blanked) &&
          !JSON.stringify(masking).includes('"sealed:v1:') &&
          (masked?.length ?? 0) > 0 === people.size > 0 &&
          same(accesses.flatMap(({ subjects }) => subjects).sort(), [...people].sort()) &&
          before === JSON.stringify(stored)
        );
      }),
      { numRuns: 500 },
    );
  },
);

t.test('paths of masked values count within a row, once each, and are bounded', async (t) => {
  const { ports } = standInPersonalValues();
  const sealed = standInSealed(ann, 'ann@example.com');
  const row = { userId: sealed, traits: { email: sealed, tags: [sealed, 'x', sealed], plan: 'pro' } };
  t.match(await showTo(ports, reader('analyst'), about, { data: [row, row], nextCursor: null }), {
    data: [{ userId: null, traits: { email: null, tags: [null, 'x', null], plan: 'pro' } }, {}],
    nextCursor: null,
    masked: ['userId', 'traits.email', 'traits.tags[]'],
  });
  t.match(await showTo(ports, reader('analyst'), about, { data: row }), {
    masked: ['userId', 'traits.email', 'traits.tags[]'],
  });
  const wide = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`n${index}`, sealed]));
  const shown = (await showTo(ports, reader('analyst'), about, { data: wide })) as { masked: string[] };
  t.equal(shown.masked.length, 100);
});

t.test('what nobody sealed is handed back as it is, and no port is asked', async (t) => {
  const { ports, asked, accesses } = standInPersonalValues();
  const answer = { data: { name: 'sealed envelope' } };
  for (const role of ['administrator', 'analyst'] as const) {
    t.equal(await showTo(ports, reader(role), about, answer), answer);
  }
  t.strictSame([asked, accesses], [[], []]);
});

t.test(
  'a destroyed person is null and not called masked; what only looks sealed never reaches the keys',
  async (t) => {
    const { ports, destroyed, asked, accesses } = standInPersonalValues();
    destroyed.add(ann);
    const [of, looks] = [standInSealed(ann, 'Ann'), 'sealed:v1:no such thing'];
    const answer = { data: { name: of, note: looks, friend: standInSealed(ben, 'Ben') } };
    t.strictSame(await showTo(ports, reader('privacy-officer'), about, answer), {
      data: { name: null, note: null, friend: 'Ben' },
    });
    t.strictSame(asked, [[of, standInSealed(ben, 'Ben')]]);
    t.match(accesses, [{ subjects: [ben], opened: true, purpose: 'privacy-request' }]);
  },
);

t.test('a service key sees personal values only where it was made to', async (t) => {
  const { ports } = standInPersonalValues();
  const answer = { data: standInSealed(ann, 'Ann') };
  t.match(await showTo(ports, reader('service'), about, answer), { data: null, masked: [''] });
  const seeing = reader('service', undefined, { personalFields: true });
  t.strictSame(await showTo(ports, seeing, about, answer), { data: 'Ann' });
});

t.test('a refused purpose, keys out of reach or a failing record: the answer does not leave', async (t) => {
  const { ports, refused, state, accesses } = standInPersonalValues();
  refused.add(`${ann} analytics`);
  const ofAnn = { ...about, subjects: [ann] };
  const answer = { data: standInSealed(ann, 'Ann') };
  await t.rejects(showTo(ports, reader('analyst'), ofAnn, answer), { code: 'purpose-not-allowed' });
  await t.rejects(showTo(ports, reader('administrator', 'analytics'), ofAnn, answer), {
    code: 'purpose-not-allowed',
  });
  t.strictSame(accesses, [], 'what was refused was not read');
  t.match(await showTo(ports, reader('analyst', 'security'), ofAnn, answer), { data: null });
  t.match(accesses, [{ subjects: [ann], opened: false, purpose: 'security' }]);

  state.isDown = true;
  await t.rejects(showTo(ports, reader('administrator'), ofAnn, answer), { code: 'key-store-unavailable' });
  t.match(await showTo(ports, reader('service'), ofAnn, answer), { data: null }, 'masking needs no keys');
  state.isDown = false;
  const recordAccess = () => Promise.reject(new Error('no room'));
  await t.rejects(showTo({ ...ports, recordAccess }, reader('administrator'), ofAnn, answer), /no room/);
});

t.test('purposes and tickets are checked, and required of support', async (t) => {
  const support: Access = { tenantId: 'default', keyId: 'k', role: 'support' };
  const code = 'invalid-parameter';
  const faults = (purpose: unknown, ticket: unknown, access = support) => {
    try {
      readerOf(access, { purpose, ticket, ids: ['ann-smith'] }, names);
      return [];
    } catch (error) {
      t.match(error, { code });
      return (error as { options: { errors: { path: string; code: string }[] } }).options.errors.map(
        ({ path, code }) => `${path} ${code}`,
      );
    }
  };
  t.strictSame(faults(undefined, undefined), ['x-purpose missing', 'x-ticket missing']);
  t.strictSame(faults('customer-support', undefined), ['x-ticket missing']);
  t.strictSame(faults('curiosity', 'T-1'), ['x-purpose invalid-value']);
  t.strictSame(faults(['customer-support', 'legal'], 'T-1'), ['x-purpose invalid-value']);
  for (const ticket of [
    '',
    'ann@example.com',
    'two words',
    'about-ann-smith',
    'x'.repeat(65),
    '-1',
    '004915112345678',
    '4111-1111-1111-1111',
    ['T-1'],
  ]) {
    t.strictSame(faults('customer-support', ticket), ['x-ticket invalid-value'], String(ticket));
  }
  t.strictSame(faults('customer-support', 'HELP-4711'), []);
  t.strictSame(faults('', undefined, { ...support, role: 'analyst' }), ['x-purpose invalid-value']);
  t.strictSame(faults(undefined, undefined, { ...support, role: 'service' }), []);
});
