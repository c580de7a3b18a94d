import { hkdfSync } from 'node:crypto';
import type { UntoldLinks } from '../../commands/exports/untoldLinks.js';
import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import { toKeyObject, unwrapKey, wrapKey } from '../../keyStore/keyWrapping.js';
import { unlessDuplicate } from './failures.js';
import type { KeyDatabase } from './keyDatabase.js';

/**
 * Whoever made an export, any instance tells its link. Until then the token is kept under a key that comes from the
 * installation's secret, and so under the root key.
 */
export function openMongoUntoldLinks({ connection, untoldLinks }: KeyDatabase, secret: Buffer): UntoldLinks {
  const key = toKeyObject(Buffer.from(hkdfSync('sha256', secret, '', 'waymark links of exports v1', 32)));
  return {
    async keep(_id, token, expiresAt) {
      await connection.write(() => untoldLinks.deleteMany({ expiresAt: { $lt: Date.now() } }));
      const wrapped = wrapKey(key, Buffer.from(token), _id).toString('base64');
      await connection.write(() => untoldLinks.insertOne({ _id, wrapped, expiresAt })).catch(unlessDuplicate);
    },
    async has(_id) {
      return (await connection.read(() => untoldLinks.findOne({ _id }))) !== null;
    },
    async take(_id) {
      const kept = await connection.read(() => untoldLinks.findOne({ _id }));
      if (kept === null) return undefined;
      const { deletedCount } = await connection.write(() => untoldLinks.deleteOne({ _id }));
      if (deletedCount === 0) return undefined;
      const token = unwrapKey(key, Buffer.from(kept.wrapped, 'base64'), _id);
      if (token !== undefined) return token.toString();
      throw new KeyStoreUnavailable('the link of an export does not fit the secret of this installation');
    },
  };
}
