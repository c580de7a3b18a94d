import { KeyStoreUnavailable, type RootKey } from './keyStore.js';

/** A key of 256 bits under the root key. @throws KeyStoreUnavailable */
export function wrapByRoot(rootKey: RootKey, key: Buffer): Promise<string> {
  return asUnavailable(rootKey.wrap(key));
}

/** @throws KeyStoreUnavailable */
export async function unwrapByRoot(rootKey: RootKey, wrapped: string): Promise<Buffer> {
  const key = await asUnavailable(rootKey.unwrap(wrapped));
  if (key.length === 32) return key;
  throw new KeyStoreUnavailable('the root key gave something that is no key');
}

/** @throws KeyStoreUnavailable */
export function rewrapByRoot(rootKey: RootKey, wrapped: string): Promise<string> {
  return asUnavailable(rootKey.rewrap(wrapped));
}

async function asUnavailable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KeyStoreUnavailable) throw error;
    throw new KeyStoreUnavailable('the root key cannot be used', { cause: error });
  }
}
