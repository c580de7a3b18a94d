import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import { KeyStoreUnavailable, type RootKey } from '../../keyStore/keyStore.js';
import { toKeyObject, unwrapKey, wrapKey } from '../../keyStore/keyWrapping.js';

/** A root key whose ciphertexts can be told by looking at them. */
export interface LocalRootKey extends RootKey {
  made(wrapped: string): boolean;
}

/**
 * A root key of 256 bits that this process holds. It wraps nothing itself: its wrapping key is derived for this one use
 * (HKDF-SHA-256, RFC 5869). Ciphertexts read `local:v1:<id of the key>:<base64url of nonce, wrapped key and tag>`.
 */
export function localRootKey(rootKey: Buffer): LocalRootKey {
  const wrapping = toKeyObject(
    Buffer.from(hkdfSync('sha256', rootKey, '', 'waymark wrapping of keys v1', 32)),
  );
  const id = createHmac('sha256', createSecretKey(rootKey))
    .update('id of the root key')
    .digest('hex')
    .slice(0, 16);
  const prefix = `local:v1:${id}:`;
  const unwrap = (wrapped: string): Buffer => {
    if (!wrapped.startsWith(prefix)) {
      throw new KeyStoreUnavailable(
        'the keys were wrapped by another root key: give that one, or give it as WAYMARK_ROOT_KEY_PREVIOUS or as the second line of the file of the root key, beside the new one',
      );
    }
    const key = unwrapKey(wrapping, Buffer.from(wrapped.slice(prefix.length), 'base64url'), prefix);
    if (key !== undefined) return key;
    throw new KeyStoreUnavailable('a wrapped key is damaged: restore the folder of keys from its backup');
  };
  const wrap = (key: Buffer) => prefix + wrapKey(wrapping, key, prefix).toString('base64url');
  return {
    made: (wrapped) => wrapped.startsWith(prefix),
    wrap: async (key) => wrap(key),
    unwrap: async (wrapped) => unwrap(wrapped),
    async rewrap(wrapped) {
      const key = unwrap(wrapped);
      const rewrapped = wrap(key);
      key.fill(0);
      return rewrapped;
    },
  };
}

/** Wraps with the current root key, and still unwraps what the previous one wrapped: for the time of a rotation. */
export function withPreviousRootKey(current: RootKey, previous: LocalRootKey): RootKey {
  return {
    wrap: (key) => current.wrap(key),
    unwrap: (wrapped) => (previous.made(wrapped) ? previous : current).unwrap(wrapped),
    async rewrap(wrapped) {
      if (!previous.made(wrapped)) return current.rewrap(wrapped);
      const key = await previous.unwrap(wrapped);
      try {
        return await current.wrap(key);
      } finally {
        key.fill(0);
      }
    },
  };
}
