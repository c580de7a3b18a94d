import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { openSigningKey } from '../../../src/integrations/embedded/signingKey.js';
import { testFolder } from '../../support/testFolder.js';

t.test('a key is made once, readable by its owner alone, and stays the same', async (t) => {
  const file = join(testFolder(t), 'made', 'signing.key');
  const key = await openSigningKey(file);
  t.equal((await stat(file)).mode & 0o777, 0o600);
  const again = await openSigningKey(file);
  t.equal(again.keyId, key.keyId);
  t.equal(again.publicKeyPem, key.publicKeyPem);
  t.match(key.keyId, /^[0-9a-f]{32}$/);
  const other = await openSigningKey(join(testFolder(t, {}), 'other.key'));
  t.not(other.keyId, key.keyId);
});

t.test('what it signs is verified over exactly those bytes, with the public key alone', async (t) => {
  const key = await openSigningKey(join(testFolder(t), 'signing.key'));
  const bytes = Buffer.from('{"a":1}');
  const { keyId, signature } = key.sign(bytes);
  t.equal(keyId, key.keyId);
  const publicKey = createPublicKey(key.publicKeyPem);
  t.ok(verify(null, bytes, publicKey, Buffer.from(signature, 'base64')));
  t.notOk(verify(null, Buffer.from('{"a":2}'), publicKey, Buffer.from(signature, 'base64')));
  t.notMatch(key.publicKeyPem, /PRIVATE/);
});

t.test('a file that holds no Ed25519 key is refused, and not repeated', async (t) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const folder = testFolder(t);
  for (const [name, text] of [
    ['text', 'secret text'],
    ['empty', ''],
    ['curve', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ] as const) {
    const file = join(folder, name);
    await writeFile(file, text);
    await t.rejects(openSigningKey(file), { message: /must hold an Ed25519 key/ }, name);
  }
});
