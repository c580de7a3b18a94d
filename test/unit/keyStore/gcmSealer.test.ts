import assert from 'node:assert/strict';
import { createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { GcmSealer, nonceLength, tagLength } from '../../../src/keyStore/gcmSealer.js';

const endingAt = nonceLength + tagLength;

function sealed(key: Buffer, nonce: Buffer, beginning: string, ending: string, text: string) {
  const random = (length: number) => Buffer.concat([nonce, randomBytes(length - nonceLength)]);
  return sealedBy(new GcmSealer(createSecretKey(key), beginning, random), ending, text);
}

function sealedBy(sealer: GcmSealer, ending: string, text: string) {
  const textAt = endingAt + Buffer.byteLength(ending);
  const into = Buffer.alloc(textAt + 3 * text.length);
  into.write(ending, endingAt);
  const length = sealer.seal(into, nonceLength, endingAt, textAt, text);
  const nonce = into.subarray(0, nonceLength);
  return {
    nonce,
    tag: into.subarray(nonceLength, endingAt),
    ciphertext: into.subarray(textAt, textAt + length),
  };
}

/** What OpenSSL makes of it; throws where the tag does not fit. */
function opened(key: Buffer, additional: string, { nonce, tag, ciphertext }: ReturnType<typeof sealed>) {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  decipher.setAAD(Buffer.from(additional));
  decipher.setAuthTag(tag);
  return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8');
}

t.test('OpenSSL opens what it seals, whatever the lengths', async () => {
  const bytes = (length: number) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.nat(9000).map((length) => 'é'.repeat(length)),
  );
  fc.assert(
    fc.property(bytes(32), bytes(nonceLength), text, text, text, (key, nonce, beginning, ending, value) => {
      const made = sealed(key, nonce, beginning, ending, value);
      assert.equal(opened(key, beginning + ending, made), value);
    }),
    { numRuns: 500 },
  );
});

t.test('gives the tag of test case 13 of the specification of GCM', async (t) => {
  // McGrew and Viega, The Galois/Counter Mode of Operation, appendix B: no text and no additional data under the key of zeros.
  const { tag } = sealed(Buffer.alloc(32), Buffer.alloc(nonceLength), '', '', '');
  t.equal(tag.toString('hex'), '530f8afbc74536b9a963b4f1c4cb738b');
});

t.test(
  'one sealer seals many texts, each as if it were the only one and under a nonce of its own',
  async (t) => {
    const key = randomBytes(32);
    const sealer = new GcmSealer(createSecretKey(key), 'who and whose\0');
    const lengths = [1, 5000, 0, 11, 48, 49, 16, 17, 4095, 2, 3, 4, 5, 6, 300, 7];
    const nonces = new Set<string>();
    for (const length of lengths) {
      const text = 'x'.repeat(length);
      const made = sealedBy(sealer, text.slice(0, 20), text);
      t.equal(opened(key, `who and whose\0${text.slice(0, 20)}`, made), text);
      nonces.add(made.nonce.toString('hex'));
    }
    t.equal(nonces.size, lengths.length);
  },
);
