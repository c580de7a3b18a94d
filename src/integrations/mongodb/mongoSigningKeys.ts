import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { RootKey } from '../../keyStore/keyStore.js';
import type { KeyDatabase } from './keyDatabase.js';
import { readOrMakeSecret } from './secrets.js';

/** PKCS #8 of an Ed25519 key up to its 32 bytes (RFC 8410, section 7). */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * An Ed25519 key of the installation, kept under the root key and made where there is none: of several instances that start
 * at once, the first one's stays.
 * @throws KeyStoreUnavailable
 */
export async function openMongoSigningKey(
  database: KeyDatabase,
  rootKey: RootKey,
  name: 'signing' | 'audit',
): Promise<KeyObject> {
  const bytes = await readOrMakeSecret(database, rootKey, name);
  const der = Buffer.concat([pkcs8Start, bytes]);
  bytes.fill(0);
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}
