import { type KeyObject, randomBytes } from 'node:crypto';
import { KeyStoreUnavailable, type RootKey } from '../../keyStore/keyStore.js';
import { toKeyObject } from '../../keyStore/keyWrapping.js';
import { rewrapByRoot, unwrapByRoot, wrapByRoot } from '../../keyStore/rootWrapping.js';
import { unlessDuplicate } from './failures.js';
import type { KeyDatabase, StoredTenant } from './keyDatabase.js';

/** A tenant whose keys are unwrapped. */
export interface TenantKeys {
  readonly tenantId: string;
  /** The version that wraps new data keys. */
  readonly version: number;
  readonly find: (version: number) => KeyObject | undefined;
}

/** The tenants' keys, unwrapped once and kept until they change: the root key is asked once for each tenant. */
export class MongoTenantKeys {
  private readonly unwrapped = new Map<string, Promise<TenantKeys>>();

  constructor(
    private readonly database: KeyDatabase,
    private readonly rootKey: RootKey,
  ) {}

  /** Made, and durable, where there were none. @throws KeyStoreUnavailable */
  get(tenantId: string): Promise<TenantKeys> {
    const known = this.unwrapped.get(tenantId);
    if (known !== undefined) return known;
    const loading = this.load(tenantId);
    this.unwrapped.set(tenantId, loading);
    loading.catch(() => this.forget(tenantId));
    return loading;
  }

  /** With this version among them, which another instance may have added since. */
  async having(tenantId: string, version: number): Promise<TenantKeys> {
    const known = await this.get(tenantId);
    if (known.find(version) !== undefined) return known;
    this.forget(tenantId);
    return this.get(tenantId);
  }

  forget(tenantId: string): void {
    this.unwrapped.delete(tenantId);
  }

  async ids(): Promise<readonly string[]> {
    return (await this.all()).map(({ _id }) => _id).sort();
  }

  async first(): Promise<string | undefined> {
    const { connection, tenants } = this.database;
    return (await connection.read(() => tenants.findOne({}, { sort: { _id: 1 } })))?._id;
  }

  /** A further key, which wraps from now on; the one of a rotation that was cut short goes on wrapping. False: no key. */
  beginRotation(tenantId: string): Promise<boolean> {
    return this.change(tenantId, async ({ keys, isRotating }) => {
      const version = (keys.at(-1)?.version ?? 0) + 1;
      return isRotating ? undefined : { isRotating: true, keys: [...keys, await this.newKey(version)] };
    });
  }

  /**
   * Forgets all keys but the latest and the one before. That one wraps nothing any more, but for a data key whose making
   * was held up for the time of the rotation: the next rotation finds it.
   */
  async endRotation(tenantId: string): Promise<void> {
    await this.change(tenantId, async ({ keys }) => ({ isRotating: false, keys: keys.slice(-2) }));
  }

  /** Wraps everything anew under the root key's present version. */
  async rotateRoot(): Promise<void> {
    for (const { _id } of await this.all()) {
      await this.change(_id, async ({ keys, isRotating }) => {
        const rewrapped = keys.map(async ({ version, wrapped }) => ({
          version,
          wrapped: await rewrapByRoot(this.rootKey, wrapped),
        }));
        return { isRotating, keys: await Promise.all(rewrapped) };
      });
    }
  }

  private all(): Promise<StoredTenant[]> {
    const { connection, tenants } = this.database;
    return connection.read(() => tenants.find().toArray());
  }

  private async load(tenantId: string): Promise<TenantKeys> {
    const { keys } = (await this.read(tenantId)) ?? (await this.make(tenantId));
    const unwrapped = new Map<number, KeyObject>();
    for (const { version, wrapped } of keys) {
      unwrapped.set(version, toKeyObject(await unwrapByRoot(this.rootKey, wrapped)));
    }
    return {
      tenantId,
      version: Math.max(...unwrapped.keys()),
      find: (version) => unwrapped.get(version),
    };
  }

  private async read(tenantId: string): Promise<StoredTenant | undefined> {
    const { connection, tenants } = this.database;
    return (await connection.read(() => tenants.findOne({ _id: tenantId }))) ?? undefined;
  }

  /** Where several instances make it at once, the first one's stays. */
  private async make(tenantId: string): Promise<StoredTenant> {
    const { connection, tenants } = this.database;
    const made = { _id: tenantId, revision: 1, isRotating: false, keys: [await this.newKey(1)] };
    await connection.write(() => tenants.insertOne(made)).catch(unlessDuplicate);
    const stored = await this.read(tenantId);
    if (stored !== undefined) return stored;
    throw new KeyStoreUnavailable('another instance is making the key of this tenant: try again');
  }

  /** False where the tenant has no key. @param change undefined for what is to stay as it is */
  private async change(
    tenantId: string,
    change: (tenant: StoredTenant) => Promise<Pick<StoredTenant, 'keys' | 'isRotating'> | undefined>,
  ): Promise<boolean> {
    const { connection, tenants } = this.database;
    for (;;) {
      const stored = await this.read(tenantId);
      if (stored === undefined) return false;
      const next = await change(stored);
      if (next === undefined) return true;
      const { revision } = stored;
      const { modifiedCount } = await connection.write(() =>
        tenants.updateOne({ _id: tenantId, revision }, { $set: { ...next, revision: revision + 1 } }),
      );
      this.forget(tenantId);
      if (modifiedCount === 1) return true;
    }
  }

  private async newKey(version: number): Promise<StoredTenant['keys'][number]> {
    const key = randomBytes(32);
    try {
      return { version, wrapped: await wrapByRoot(this.rootKey, key) };
    } finally {
      key.fill(0);
    }
  }
}
