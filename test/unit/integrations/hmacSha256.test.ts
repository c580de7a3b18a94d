import { createHmac } from 'node:crypto';
import t from 'tap';
import { createHmacSha256 } from '../../../src/integrations/embedded/hmacSha256.js';

const hex = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest('hex');

t.test('the first test case of RFC 4231', async (t) => {
  t.equal(
    createHmacSha256(Buffer.alloc(20, 0x0b))('Hi There'),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  );
});

t.test('the same as createHmac for texts of any script and length, one after another', async (t) => {
  const letters = ['', 'a', 'é', '字', '😀', '\ud800'];
  for (const keyBytes of [0, 1, 32, 64]) {
    const key = Buffer.alloc(keyBytes, 7);
    const hmac = createHmacSha256(key);
    for (const letter of letters) {
      for (const length of [1024, 1023, 513, 512, 64, 55, 3, 0, 1025, 5000]) {
        const text = letter.repeat(length);
        t.equal(hmac(text), hex(key, text), `${length} of '${letter}', key of ${keyBytes}`);
      }
    }
  }
});

t.test('a longer key is refused', async (t) => {
  t.throws(() => createHmacSha256(Buffer.alloc(65)), RangeError);
});
