import assert from 'node:assert/strict';
import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { isSealed } from '../../../src/domain/privacy/detection.js';
import { openText, parseSealed, TextSealer } from '../../../src/keyStore/sealedText.js';

const owner = { tenantId: 'default', subject: '0123456789abcdef0123456789abcdef' };
const key = { version: 3, key: createSecretKey(randomBytes(32)) };
const sealer = new TextSealer(owner.tenantId, owner.subject, key);

function sealed(value: unknown, place = 'message/traits.email') {
  return sealer.seal(place, JSON.parse(JSON.stringify(value)));
}

function open(text: string, tenantId = owner.tenantId, under = key) {
  const parsed = parseSealed(text);
  return parsed === undefined ? undefined : openText(tenantId, parsed, under);
}

t.test('a value comes back as it was, whatever it is, and its text shows nothing of it', async (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary', maxLength: 60 }), (value, place) => {
      const plain = JSON.parse(JSON.stringify(value));
      const text = sealer.seal(place, plain);
      assert.ok(isSealed(text));
      assert.deepEqual(open(text), plain);
    }),
  );
  const text = sealed('ada@example.com');
  t.notMatch(Buffer.from(text.split(':').at(-1) ?? '', 'base64url').toString('latin1'), /ada@example/);
  t.not(text, sealed('ada@example.com'), 'the same value twice gives two texts');
  t.match(parseSealed(text), { version: 3, subject: owner.subject });
});

t.test('opens for nobody else and nowhere else', async (t) => {
  const text = sealed('ada@example.com');
  t.equal(open(text, 'another'), undefined, 'another tenant');
  t.equal(open(text.replace(owner.subject, 'f'.repeat(32))), undefined, 'another person');
  t.equal(open(text.replace('v1:3:', 'v1:4:')), undefined, 'another version of the key');
  t.equal(open(text, owner.tenantId, { version: 3, key: createSecretKey(randomBytes(32)) }), undefined);
  const start = text.lastIndexOf(':') + 1;
  const bytes = Buffer.from(text.slice(start), 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    if (open(text.slice(0, start) + changed.toString('base64url')) !== undefined)
      t.fail(`byte ${at} was changed`);
  }
  t.pass('no byte can be changed');
  for (let length = 0; length < bytes.length; length++) {
    if (open(text.slice(0, start) + bytes.subarray(0, length).toString('base64url')) !== undefined)
      t.fail(`cut to ${length} bytes`);
  }
});

t.test('a text opens whose place stands in it in words', async (t) => {
  const tenant = 'default';
  const old = createSecretKey(Buffer.alloc(32, 7));
  const start = `sealed:v1:1:${owner.subject}:`;
  const place = Buffer.from('message/traits.email');
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', old, nonce);
  cipher.setAAD(Buffer.from(`${tenant}\0${start}\0${place}`));
  const text = Buffer.concat([cipher.update('"ada@example.com"'), cipher.final()]);
  const length = Buffer.from([0, place.length]);
  const payload = Buffer.concat([nonce, cipher.getAuthTag(), length, place, text]).toString('base64url');
  t.equal(open(start + payload, tenant, { version: 1, key: old }), 'ada@example.com');
});

t.test('what only looks sealed is none of ours', async (t) => {
  for (const text of [
    '',
    'sealed:v1:',
    'sealed:v1:1:abc:xyz',
    'sealed:v2:1:x',
    `sealed:v1:0:${owner.subject}:AAAA`,
  ]) {
    t.equal(parseSealed(text), undefined, text);
  }
  t.equal(open(`sealed:v1:1:${owner.subject}:AAAA`), undefined);
  t.equal(isSealed(7), false);
});

t.test('anything else is no sealed text', async (t) => {
  const others = [
    ...[
      '',
      'sealed:v1:',
      `sealed:v2:1:${owner.subject}:ab`,
      `sealed:v1:0:${owner.subject}:ab`,
      `sealed:v1:-1:${owner.subject}:ab`,
    ],
    ...[`sealed:v1:1:${owner.subject.slice(1)}:ab`, `sealed:v1:1:${owner.subject.toUpperCase()}:ab`],
    ...[
      `sealed:v1:1:${owner.subject}:`,
      `sealed:v1:1:${owner.subject}:a=`,
      `sealed:v1:1:${owner.subject}:ab\n`,
    ],
    ...[
      ` sealed:v1:1:${owner.subject}:ab`,
      `sealed:v1:1:${owner.subject}:ab:cd`,
      `sealed:v1:9999999999:${owner.subject}:ab`,
    ],
  ];
  for (const text of others) t.equal(parseSealed(text), undefined, JSON.stringify(text));
});
