import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import t, { type Test } from 'tap';
import { localRootKey, withPreviousRootKey } from '../../../src/integrations/embedded/localRootKey.js';
import { type VaultOptions, vaultRootKey } from '../../../src/integrations/vault/vaultRootKey.js';
import { startVaultServer, vaultToken } from '../../support/vaultServer.js';

const key = randomBytes(32);

async function rig(t: Test, changes: Partial<VaultOptions> = {}, namespace?: string) {
  const vault = await startVaultServer(namespace);
  t.teardown(() => vault.close());
  const root = vaultRootKey({
    address: `${vault.address}/`,
    token: async () => vaultToken,
    transitKey: 'waymark',
    namespace,
    now: Date.now,
    firstDelay: 0,
    ...changes,
  });
  return { vault, root };
}

t.test('wraps, unwraps and wraps anew under the latest version', async (t) => {
  const { vault, root } = await rig(t, {}, 'team/one');
  const wrapped = await root.wrap(key);
  t.match(wrapped, /^vault:v1:/);
  t.strictSame(await root.unwrap(wrapped), key);
  vault.rotate('waymark');
  const rewrapped = await root.rewrap(wrapped);
  t.match(rewrapped, /^vault:v2:/);
  t.strictSame(await root.unwrap(rewrapped), key);
  t.strictSame(
    vault.requests.map(({ path }) => path),
    [
      '/v1/transit/encrypt/waymark',
      '/v1/transit/decrypt/waymark',
      '/v1/transit/rewrap/waymark',
      '/v1/transit/decrypt/waymark',
    ],
  );
  for (const { namespace } of vault.requests) t.equal(namespace, 'team/one');
});

t.test('what passes is asked again, what does not is not', async (t) => {
  const { vault, root } = await rig(t);
  for (const status of [500, 502, 503, 429, 412]) {
    vault.answerNext(2, status);
    t.strictSame(await root.unwrap(await root.wrap(key)), key, `after two answers of ${status}`);
  }
  for (const [status, message] of [
    [400, /another transit key/],
    [403, /refused the token/],
    [404, /transit engine/],
    [307, /redirect/],
  ] as const) {
    const before = vault.requests.length;
    vault.answerNext(1, status);
    await t.rejects(root.wrap(key), { code: 'key-store-unavailable', message });
    t.equal(vault.requests.length, before + 1, `${status} is asked once`);
  }
});

t.test('an answer that is none is refused', async (t) => {
  const { vault, root } = await rig(t);
  for (const body of [
    '',
    '<html>',
    'null',
    '{}',
    '{"data":{"ciphertext":7}}',
    '{"data":{"ciphertext":"x"}}',
  ]) {
    vault.answerNext(1, 200, body);
    await t.rejects(root.wrap(key), {
      code: 'key-store-unavailable',
      message: /does not answer as the transit/,
    });
  }
});

t.test('a sealed Vault is left alone for a while, then asked again', async (t) => {
  let now = 0;
  const { vault, root } = await rig(t, { now: () => now });
  const wrapped = await root.wrap(key);
  vault.sealed = true;
  for (let i = 0; i < 3; i++) await t.rejects(root.unwrap(wrapped), { message: /503/ });
  const asked = vault.requests.length;
  await t.rejects(root.unwrap(wrapped), { code: 'key-store-unavailable', message: /left alone/ });
  t.equal(vault.requests.length, asked);
  vault.sealed = false;
  now += 10_000;
  t.strictSame(await root.unwrap(wrapped), key);
});

t.test('what is slow or gone is unavailable', async (t) => {
  const { vault, root } = await rig(t, { timeout: 50 });
  const wrapped = await root.wrap(key);
  const held = vault.hold();
  await t.rejects(root.unwrap(wrapped), { code: 'key-store-unavailable', message: /cannot be reached/ });
  held.release();
  const gone = await rig(t, { address: 'http://127.0.0.1:1' });
  await t.rejects(gone.root.unwrap(wrapped), { code: 'key-store-unavailable' });
});

t.test('no error holds the token', async (t) => {
  for (const token of ['hvs.wrong-secret', 'hvs.secret with\nnewline']) {
    const { root } = await rig(t, { token: async () => token });
    const error = await root.wrap(key).catch((reason: unknown) => reason);
    t.match(error, { code: 'key-store-unavailable' });
    t.notMatch(inspect(error, { depth: 10 }), /secret/);
  }
});

t.test('keys move from a local root key to Vault', async (t) => {
  const { root } = await rig(t);
  const local = localRootKey(randomBytes(32));
  const wrapped = await local.wrap(key);
  await t.rejects(root.unwrap(wrapped), { message: /WAYMARK_ROOT_KEY_PREVIOUS/ });
  const both = withPreviousRootKey(root, local);
  t.strictSame(await both.unwrap(wrapped), key);
  const moved = await both.rewrap(wrapped);
  t.match(moved, /^vault:/);
  t.strictSame(await root.unwrap(moved), key);
});
