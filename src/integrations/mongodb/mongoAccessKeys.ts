import { randomUUID } from 'node:crypto';
import type { AccessKeyStore } from '../../commands/accessKeys.js';
import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import {
  AccessKeyRing,
  describeAccessKey,
  type GivenKey,
  newAccessKey,
  type StoredAccessKey,
} from '../accessKeyRing.js';
import { unlessDuplicate } from './failures.js';
import type { KeyDatabase } from './keyDatabase.js';

/** Milliseconds until a key made or revoked by another instance is noticed. */
const refreshInterval = 1000;
/** Milliseconds after which keys that could not be read again are no longer believed. */
const longestBelief = 30_000;
const firstKeys = 'first keys';

export interface MongoAccessKeysOptions {
  readonly database: KeyDatabase;
  readonly given: readonly GivenKey[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * The access keys of an installation of several instances. Each keeps them in memory and reads them anew every second; one
 * that could not for half a minute lets nobody in, since what it knows may be revoked.
 * @throws KeyStoreUnavailable
 */
export async function openMongoAccessKeys({
  database: { connection, accessKeys, claims },
  given,
  now,
}: MongoAccessKeysOptions): Promise<AccessKeyStore> {
  const ring = new AccessKeyRing(given);
  let readAt = Number.NEGATIVE_INFINITY;
  await refresh();
  const timer = setInterval(() => void refresh().catch(() => undefined), refreshInterval).unref();

  async function refresh(): Promise<void> {
    const begun = performance.now();
    const keys = await readKeys();
    // Answers may overtake each other.
    if (begun < readAt) return;
    ring.replace(keys);
    readAt = begun;
  }

  async function readKeys(): Promise<StoredAccessKey[]> {
    const stored = await connection.read(() => accessKeys.find().sort({ createdAt: 1, _id: 1 }).toArray());
    return stored.map(({ _id, ...key }) => ({ keyId: _id, ...key }));
  }

  return {
    authenticate(secret) {
      if (performance.now() - readAt < longestBelief) return ring.find(secret);
      throw new KeyStoreUnavailable('the access keys could not be read for half a minute');
    },
    async create(role, about = {}) {
      const { key, secret } = newAccessKey(role, about, now());
      const { keyId: _id, ...rest } = key;
      await connection.write(() => accessKeys.insertOne({ _id, ...rest })).catch(unlessDuplicate);
      await refresh();
      return { keyId: key.keyId, secret };
    },
    list: async () => (await readKeys()).map(describeAccessKey),
    async revoke(keyId) {
      const revokedAt = new Date(now()).toISOString();
      await connection.write(() =>
        accessKeys.updateOne({ _id: keyId, revokedAt: null }, { $set: { revokedAt } }),
      );
      await refresh();
      return (await readKeys()).some((key) => key.keyId === keyId && key.revokedAt === revokedAt);
    },
    async mayMakeFirst() {
      if ((await readKeys()).length > 0) return false;
      const by = randomUUID();
      await connection.write(() => claims.insertOne({ _id: firstKeys, by })).catch(unlessDuplicate);
      return (await connection.read(() => claims.findOne({ _id: firstKeys })))?.by === by;
    },
    async close() {
      clearInterval(timer);
    },
  };
}
