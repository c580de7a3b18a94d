import { type KeyObject, randomBytes } from 'node:crypto';
import { KeyStoreUnavailable, type RootKey } from '../../keyStore/keyStore.js';
import { toKeyObject } from '../../keyStore/keyWrapping.js';
import { rewrapByRoot, unwrapByRoot, wrapByRoot } from '../../keyStore/rootWrapping.js';
import { largestTenant, largestVersion } from './keyFileSlot.js';
import { readTenants, replaceTenants, type StoredTenant, type TenantsFile } from './tenantsFile.js';

/** A tenant whose keys are unwrapped. */
export interface Tenant {
  readonly tenantId: string;
  readonly number: number;
  /** The version that wraps new data keys. */
  readonly version: number;
  /** By version: all that still wrap something. */
  readonly keys: ReadonlyMap<number, KeyObject>;
}

/**
 * The tenants' keys and the installation's secret, wrapped by the root key, in one JSON file that is always replaced as a
 * whole. Unwrapped keys stay in memory once they were used: the root key is asked once for each tenant.
 */
export class KeyFileTenants {
  private readonly unwrapped = new Map<string, Tenant>();
  private readonly loading = new Map<string, Promise<unknown>>();
  private changing: Promise<unknown> = Promise.resolve();
  private numbers: ReadonlyMap<string, number>;

  private constructor(
    private readonly path: string,
    private readonly rootKey: RootKey,
    private stored: TenantsFile,
    /** 256 bits, of this installation alone and the same for ever: what pseudonyms come from. */
    readonly secret: Buffer,
  ) {
    this.numbers = numbered(stored);
  }

  /**
   * Unwrapping the secret proves that the root key is the right one before anything is wrapped by it.
   * @param initialSecret makes the file where it is missing; undefined refuses to
   * @throws KeyStoreUnavailable
   */
  static async open(
    path: string,
    rootKey: RootKey,
    initialSecret: (() => Buffer) | undefined,
  ): Promise<KeyFileTenants> {
    const found = readTenants(path);
    if (found !== undefined) {
      const secret = await unwrapByRoot(rootKey, found.secret);
      return new KeyFileTenants(path, rootKey, found, secret);
    }
    if (initialSecret === undefined) {
      throw new KeyStoreUnavailable(
        'the file of tenant keys is missing: restore the folder of keys from its backup',
      );
    }
    const secret = initialSecret();
    const stored: TenantsFile = { version: 1, secret: await wrapByRoot(rootKey, secret), tenants: [] };
    await replaceTenants(path, stored);
    return new KeyFileTenants(path, rootKey, stored, secret);
  }

  get count(): number {
    return this.stored.tenants.length;
  }

  /** 0 where the tenant has no key. */
  numberOf(tenantId: string): number {
    return this.numbers.get(tenantId) ?? 0;
  }

  tenantIds(): string[] {
    return this.stored.tenants.map(({ tenantId }) => tenantId);
  }

  /** Resolves when `get` has the tenant's keys; they are made, and durable, where there were none. */
  async ready(tenantId: string): Promise<void> {
    if (this.unwrapped.has(tenantId)) return;
    const loading = this.loading.get(tenantId) ?? this.load(tenantId);
    this.loading.set(tenantId, loading);
    try {
      await loading;
    } finally {
      this.loading.delete(tenantId);
    }
  }

  /** The tenant's keys as of now: not to be kept while waiting for anything, or a rotation may have passed by. */
  get(tenantId: string): Tenant {
    const tenant = this.unwrapped.get(tenantId);
    if (tenant === undefined) throw new KeyStoreUnavailable('the tenant has no key');
    return tenant;
  }

  /** Whether a rotation has begun and not ended. */
  isRotating(tenantId: string): boolean {
    return (this.stored.tenants[this.numberOf(tenantId) - 1]?.keys.length ?? 0) > 1;
  }

  /** A further key for the tenant, which wraps from now on. */
  addKey(tenantId: string): Promise<void> {
    return this.change(tenantId, async (tenant) => {
      const version = Math.max(...tenant.keys.map((key) => key.version)) + 1;
      return { ...tenant, keys: [...tenant.keys, await this.newKey(version)] };
    });
  }

  /** All keys but the latest are forgotten: nothing may be wrapped by them any more. */
  dropOlderKeys(tenantId: string): Promise<void> {
    return this.change(tenantId, async (tenant) => ({ ...tenant, keys: tenant.keys.slice(-1) }));
  }

  /** Wraps everything anew under the root key's present version; in the file all of it or nothing. */
  rotateRoot(): Promise<void> {
    return this.exclusively(async () => {
      const rewrap = (wrapped: string) => rewrapByRoot(this.rootKey, wrapped);
      const tenants: StoredTenant[] = [];
      for (const { tenantId, keys } of this.stored.tenants) {
        const rewrapped: StoredTenant['keys'] = [];
        for (const { version, wrapped } of keys) {
          rewrapped.push({ version, wrapped: await rewrap(wrapped) });
        }
        tenants.push({ tenantId, keys: rewrapped });
      }
      await this.store({ version: 1, secret: await rewrap(this.stored.secret), tenants });
    });
  }

  private load(tenantId: string): Promise<void> {
    return this.exclusively(async () => {
      const { tenants } = this.stored;
      const number = this.numberOf(tenantId);
      const known = tenants[number - 1];
      if (known !== undefined) {
        this.unwrapped.set(tenantId, await this.unwrapTenant(known, number));
        return;
      }
      if (tenants.length >= largestTenant) throw new KeyStoreUnavailable('there are too many tenants');
      const added = { tenantId, keys: [await this.newKey(1)] };
      const unwrapped = await this.unwrapTenant(added, tenants.length + 1);
      await this.store({ ...this.stored, tenants: [...tenants, added] });
      this.unwrapped.set(tenantId, unwrapped);
    });
  }

  private async unwrapTenant({ tenantId, keys }: StoredTenant, number: number): Promise<Tenant> {
    const unwrapped = new Map<number, KeyObject>();
    for (const { version, wrapped } of keys) {
      unwrapped.set(version, toKeyObject(await unwrapByRoot(this.rootKey, wrapped)));
    }
    return { tenantId, number, version: Math.max(...unwrapped.keys()), keys: unwrapped };
  }

  private async newKey(version: number): Promise<StoredTenant['keys'][number]> {
    if (version > largestVersion) throw new KeyStoreUnavailable('this key was rotated too often');
    const key = randomBytes(32);
    try {
      return { version, wrapped: await wrapByRoot(this.rootKey, key) };
    } finally {
      key.fill(0);
    }
  }

  private change(tenantId: string, change: (tenant: StoredTenant) => Promise<StoredTenant>): Promise<void> {
    return this.exclusively(async () => {
      const number = this.numberOf(tenantId);
      const tenant = this.stored.tenants[number - 1];
      if (tenant === undefined) throw new KeyStoreUnavailable('the tenant has no key');
      const next = await change(tenant);
      const unwrapped = await this.unwrapTenant(next, number);
      await this.store({ ...this.stored, tenants: this.stored.tenants.with(number - 1, next) });
      this.unwrapped.set(tenantId, unwrapped);
    });
  }

  private async store(next: TenantsFile): Promise<void> {
    await replaceTenants(this.path, next);
    this.stored = next;
    this.numbers = numbered(next);
  }

  /** One change after the other, whatever became of the one before. */
  private exclusively<T>(change: () => Promise<T>): Promise<T> {
    const running = this.changing.then(change, change);
    this.changing = running.catch(() => undefined);
    return running;
  }
}

function numbered({ tenants }: TenantsFile): ReadonlyMap<string, number> {
  return new Map(tenants.map(({ tenantId }, i) => [tenantId, i + 1]));
}
