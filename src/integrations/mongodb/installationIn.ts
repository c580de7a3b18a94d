import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import type { InstallationContent } from '../installationContent.js';
import { type KeyDatabase, ownerOf } from './keyDatabase.js';
import { openMongoErasureLedger } from './mongoErasureLedger.js';
import { installationSecret } from './secrets.js';
import { StoredPeople } from './storedPeople.js';

/** The installation that a database of keys holds, to be carried elsewhere. @throws KeyStoreUnavailable */
export async function installationIn(database: KeyDatabase): Promise<InstallationContent> {
  const { connection, tenants, accessKeys, secrets } = database;
  const wrapped = new Map(
    (await connection.read(() => secrets.find().toArray())).map((secret) => [secret._id, secret.wrapped]),
  );
  const secret = wrapped.get(installationSecret);
  if (secret === undefined) throw new KeyStoreUnavailable('the database of keys holds no installation');
  const stored = await connection.read(() => tenants.find().sort({ _id: 1 }).toArray());
  const keys = await connection.read(() => accessKeys.find().sort({ createdAt: 1, _id: 1 }).toArray());
  return {
    secret,
    tenants: stored.map(({ _id: tenantId, keys }) => ({ tenantId, keys })),
    async *people() {
      for await (const page of new StoredPeople(database).pages({})) {
        for (const { _id, destroyedAt, keys } of page) yield { ...ownerOf(_id), destroyedAt, keys };
      }
    },
    accessKeys: keys.map(({ _id: keyId, ...key }) => ({ keyId, ...key })),
    erasures: () => openMongoErasureLedger(database).entries(),
    signingKeys: { signing: wrapped.get('signing'), audit: wrapped.get('audit') },
  };
}
