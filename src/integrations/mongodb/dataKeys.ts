import { randomBytes } from 'node:crypto';
import { type DataKey, type KeyState, KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import { dataKeyContext, toKeyObject, unwrapKey, wrapKey } from '../../keyStore/keyWrapping.js';
import { ownerOf, type StoredDataKey, type StoredPerson } from './keyDatabase.js';
import type { TenantKeys } from './tenantKeys.js';

/** A person's keys in memory. */
export interface KnownKeys {
  readonly state: KeyState;
  /** From then on whoever holds the state asks again. */
  forget(): void;
}

export function newDataKey(tenant: TenantKeys, subject: string, version: number): StoredDataKey {
  const key = randomBytes(32);
  try {
    return wrapped(tenant, subject, version, key);
  } finally {
    key.fill(0);
  }
}

/** @throws KeyStoreUnavailable where a key does not fit its tenant's */
export function rewrapped(person: StoredPerson, tenant: TenantKeys): StoredDataKey[] {
  const { subject } = ownerOf(person._id);
  return person.keys.map((stored) => {
    const key = unwrapped(stored, subject, tenant);
    try {
      return wrapped(tenant, subject, stored.version, key);
    } finally {
      key.fill(0);
    }
  });
}

/** @throws KeyStoreUnavailable where a key does not fit its tenant's */
export function toKnownKeys(
  { _id, destroyedAt, keys: stored }: StoredPerson,
  tenant: TenantKeys,
  isLeased: () => boolean,
): KnownKeys {
  if (destroyedAt !== null) {
    return { state: { is: 'destroyed', destroyedAt }, forget: () => undefined };
  }
  const { subject } = ownerOf(_id);
  const keys = stored.map(
    (key): DataKey => ({ version: key.version, key: toKeyObject(unwrapped(key, subject, tenant)) }),
  );
  const current = keys.at(-1);
  if (current === undefined) throw new KeyStoreUnavailable('a person of the key store has no key');
  let isKnown = true;
  return {
    state: {
      is: 'active',
      current,
      find: (version) => keys.find((key) => key.version === version),
      isCurrent: () => isKnown && isLeased(),
    },
    forget: () => {
      isKnown = false;
    },
  };
}

/** The key's bytes, for the caller to overwrite. */
export function unwrapped(
  { version, tenantKeyVersion, wrapped: text }: StoredDataKey,
  subject: string,
  { tenantId, find }: TenantKeys,
): Buffer {
  const wrapping = find(tenantKeyVersion);
  const context = dataKeyContext(tenantId, subject, version, tenantKeyVersion);
  const key = wrapping && unwrapKey(wrapping, Buffer.from(text, 'base64'), context);
  if (key !== undefined) return key;
  throw new KeyStoreUnavailable(
    'a data key does not fit its tenant key: restore the database of keys from its backup',
  );
}

function wrapped(
  { tenantId, version: tenantKeyVersion, find }: TenantKeys,
  subject: string,
  version: number,
  key: Buffer,
): StoredDataKey {
  const wrapping = find(tenantKeyVersion);
  if (wrapping === undefined) throw new KeyStoreUnavailable('the tenant has no key');
  const bytes = wrapKey(wrapping, key, dataKeyContext(tenantId, subject, version, tenantKeyVersion));
  return { version, tenantKeyVersion, wrapped: bytes.toString('base64') };
}
