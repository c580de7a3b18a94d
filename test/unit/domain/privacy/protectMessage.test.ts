import t from 'tap';
import type { UserMessage } from '../../../../src/domain/journey/commands.js';
import type { JsonValue } from '../../../../src/domain/json.js';
import { isSealed } from '../../../../src/domain/privacy/detection.js';
import { defaultFieldPolicy, type FieldPolicy } from '../../../../src/domain/privacy/fieldPolicy.js';
import { compileFieldPolicy } from '../../../../src/domain/privacy/fieldRules.js';
import { mostSealedValues } from '../../../../src/domain/privacy/protection.js';
import { protectIdentity, protectMessage } from '../../../../src/domain/privacy/protectMessage.js';

const noon = Date.UTC(2026, 0, 15, 12);

/** Says in the clear what it was given, so that a test can see which values were sealed where. */
function seal(path: string, value: JsonValue): string {
  return typeof value === 'string' && isSealed(value) && value.endsWith('!')
    ? value
    : `sealed:v1:${path}=${JSON.stringify(value)}!`;
}

function protect(fields: Partial<UserMessage>, policy: Partial<FieldPolicy> = {}): UserMessage {
  const rules = compileFieldPolicy({ ...defaultFieldPolicy, ...policy });
  return protectMessage(messageWith(fields), rules, seal);
}

function messageWith(fields: Partial<UserMessage>): UserMessage {
  return { kind: 'track', messageId: 'm1', occurredAt: noon, userId: 'ada-lovelace', ...fields };
}

t.test('a message without anything personal comes back as the same object', async (t) => {
  const message = messageWith({
    name: 'Lesson Opened',
    properties: { course: '645', feature: 'wiki', score: 12, tags: ['a', 'b'], done: true, none: null },
    context: { library: { name: 'analytics.js', version: '4.1.0.12' }, device: { type: 'Web' } },
    traits: { plan: 'pro', locale: 'de-DE' },
  });
  t.equal(protectMessage(message, compileFieldPolicy(defaultFieldPolicy), seal), message);
});

t.test(
  'identities beside the journey, the address and all traits but the impersonal are sealed',
  async (t) => {
    t.strictSame(
      protect({
        anonymousId: 'visitor-1',
        previousId: 'earlier-1',
        ip: '192.0.2.7',
        traits: { plan: 'pro', height: 180, vip: true, gone: null, address: { city: 'Ulm', geo: [48, 9] } },
      }),
      messageWith({
        anonymousId: 'sealed:v1:anonymousId="visitor-1"!',
        previousId: 'sealed:v1:previousId="earlier-1"!',
        ip: 'sealed:v1:context.ip="192.0.2.7"!',
        traits: {
          plan: 'pro',
          height: 'sealed:v1:traits.height=180!',
          vip: 'sealed:v1:traits.vip=true!',
          gone: null,
          address: {
            city: 'sealed:v1:traits.address.city="Ulm"!',
            geo: ['sealed:v1:traits.address.geo=48!', 'sealed:v1:traits.address.geo=9!'],
          },
        },
      }),
    );
  },
);

t.test(
  'an anonymous visitor names the journey: the id stays for its first event, which seals it',
  async (t) => {
    const { userId: _, ...anonymous } = messageWith({ anonymousId: 'visitor-1' });
    t.equal(protectMessage(anonymous, compileFieldPolicy(defaultFieldPolicy), seal), anonymous);
    t.strictSame(
      protectIdentity({ type: 'JourneyStarted', data: { kind: 'anonymous', identity: 'visitor-1' } }, seal),
      { type: 'JourneyStarted', data: { kind: 'anonymous', identity: 'sealed:v1:identity="visitor-1"!' } },
    );
  },
);

t.test('an age or a birthday becomes an age group as of when it was said', async (t) => {
  t.strictSame(protect({ traits: { age: 30 } }).traits, { ageGroup: '25_34' });
  t.strictSame(protect({ traits: { birthday: '2002-01-16' } }).traits, { ageGroup: '18_24' });
  t.strictSame(protect({ traits: { birth_date: '2002-01-15', age: 70 } }).traits, { ageGroup: '18_24' });
  t.strictSame(protect({ traits: { age: 'secret', birthday: 19 } }).traits, {});
});

t.test('known names are personal whatever they hold, in properties and context as well', async (t) => {
  t.strictSame(
    protect({
      properties: { first_name: 'Ada', form: { 'E-Mail': 'none', Address: { city: 'Ulm' } }, user_id: 17 },
      context: { device: { name: "Ada's phone", type: 'ios' } },
    }),
    messageWith({
      properties: {
        first_name: 'sealed:v1:properties.first_name="Ada"!',
        form: {
          'E-Mail': 'sealed:v1:properties.form.E-Mail="none"!',
          Address: { city: 'sealed:v1:properties.form.Address.city="Ulm"!' },
        },
        user_id: 'sealed:v1:properties.user_id=17!',
      },
      context: { device: { name: `sealed:v1:context.device.name="Ada's phone"!`, type: 'ios' } },
    }),
  );
});

t.test('a personal value anywhere is sealed as a whole, as are card numbers that are numbers', async (t) => {
  t.strictSame(protect({ properties: { note: 'ask ada@example.com', n: 4111111111111111 } }).properties, {
    note: 'sealed:v1:properties.note="ask ada@example.com"!',
    n: 'sealed:v1:properties.n=4111111111111111!',
  });
});

t.test('what read models are kept by stays readable, with personal values taken out', async (t) => {
  const safe = protect({
    name: 'Mail to ada@example.com Opened',
    category: '+49 30 901820',
    properties: { featureId: 'chat:ada@example.com', error_code: 'E17', videoId: 'v-ada-lovelace' },
  });
  t.equal(safe.name, 'Mail to [email] Opened');
  t.equal(safe.category, '[phone]');
  t.strictSame(safe.properties, { featureId: 'chat:[email]', error_code: 'E17', videoId: 'v-[id]' });
});

t.test('the sender’s own ids are found as numbers, and as a page’s address writes them', async (t) => {
  t.strictSame(
    protect({ userId: '471100', properties: { owner: 471100, owners: [471100, 471101], videoId: 471100 } })
      .properties,
    {
      owner: 'sealed:v1:properties.owner=471100!',
      owners: ['sealed:v1:properties.owners=471100!', 471101],
      videoId: '[id]',
    },
  );
  t.strictSame(protect({ userId: '17', properties: { score: 17 } }).properties, { score: 17 });
  const path = '/users/auth0%7c5f7c/edit';
  const page = protect({
    userId: 'auth0|5f7c',
    properties: { path, url: 'https://x.example/?by=auth0%7C5f7c' },
  });
  t.strictSame(page.properties, { path: '/users/[id]/edit', url: 'https://x.example/?by=[id]' });
});

t.test('parameters of an address within another one are examined', async (t) => {
  const within = (address: string) => `https://shop.example/?next=${encodeURIComponent(address)}&tab=2`;
  for (const [address, kind] of [
    ['/login?first_name=Ada', 'redacted'],
    [`/login?mail=${encodeURIComponent('ada@example.com')}`, 'email'],
  ] as const) {
    t.strictSame(protect({ properties: { url: within(address) } }).properties, {
      url: `https://shop.example/?next=[${kind}]&tab=2`,
    });
  }
  t.strictSame(protect({ properties: { url: within('/lesson?part=2') } }).properties, {
    url: within('/lesson?part=2'),
  });
});

t.test('addresses of pages stay without what is personal in them', async (t) => {
  const url =
    'https://shop.example/u/ada%40example.com/orders?first_name=Ada&tab=2&tel=030+901820&q=%2B4930901820#x';
  const page = protect({ context: { page: { url, path: '/users/ada-lovelace/edit', search: '?page=2' } } });
  t.strictSame(page.context, {
    page: {
      url: 'https://shop.example/u/[email]/orders?first_name=[redacted]&tab=2&tel=[redacted]&q=[phone]#x',
      path: '/users/[id]/edit',
      search: '?page=2',
    },
  });
});

t.test('the name of a field that is personal is redacted', async (t) => {
  t.strictSame(protect({ properties: { 'ada@example.com': 1, fine: 2 } }).properties, {
    '[email]': 1,
    fine: 2,
  });
});

t.test('a text that looks sealed is sealed once more, so that nobody can forge one', async (t) => {
  const forged = 'sealed:v1:AAAA';
  t.strictSame(protect({ name: forged, properties: { a: forged, b: [forged] } }), {
    ...messageWith({ name: '[sealed]' }),
    properties: {
      a: 'sealed:v1:properties.a="sealed:v1:AAAA"!',
      b: ['sealed:v1:properties.b="sealed:v1:AAAA"!'],
    },
  });
  const unexamined = [{ path: 'properties', action: 'keep', unexamined: true }] as const;
  t.strictSame(protect({ properties: { a: forged } }, { rules: unexamined }).properties, {
    a: 'sealed:v1:properties.a="sealed:v1:AAAA"!',
  });
});

t.test('the sealed values of one message are bounded, the others dropped', async (t) => {
  const traits = Object.fromEntries(Array.from({ length: mostSealedValues + 9 }, (_, i) => [`t${i}`, i]));
  t.equal(Object.keys(protect({ traits }).traits ?? {}).length, mostSealedValues);
});

t.test('a tenant’s rules stand above the default ones, the more specific above the general', async (t) => {
  const fields = {
    ip: '192.0.2.7',
    traits: { plan: 'pro', city: 'Ulm', x: 1 },
    properties: { memo: 'a@b.de' },
  };
  t.strictSame(
    protect(fields, {
      rules: [
        { path: 'traits.*', action: 'drop' },
        { path: 'traits.city', action: 'keep' },
        { path: 'context.ip', action: 'generalise' },
        { path: 'properties.memo', action: 'redact' },
      ],
    }),
    messageWith({ ip: '192.0.2.0', traits: { plan: 'pro', city: 'Ulm' }, properties: { memo: '[email]' } }),
  );
  t.strictSame(protect(fields, { detected: 'drop' }).properties, {});
  t.strictSame(protect(fields, { detected: 'redact' }).properties, { memo: '[email]' });
});
