import type { LedgerEntry } from '../commands/erasureLedger.js';
import type { StoredAccessKey } from './accessKeyRing.js';

/**
 * What an installation has one of, as it is kept and is carried from one place to another: keys stay wrapped all the way,
 * those of tenants by the root key, those of people by their tenant's.
 */
export interface InstallationContent {
  /** By the root key. */
  readonly secret: string;
  readonly tenants: readonly WrappedTenant[];
  /** Each once. */
  people(): AsyncIterable<WrappedPerson>;
  readonly accessKeys: readonly StoredAccessKey[];
  erasures(): AsyncIterable<LedgerEntry>;
  /** The private key's 32 bytes (RFC 8032) by the root key; undefined where none was made yet. */
  readonly signingKeys: Readonly<Record<'signing' | 'audit', string | undefined>>;
}

export interface WrappedTenant {
  readonly tenantId: string;
  /** The latest last. */
  readonly keys: readonly { readonly version: number; readonly wrapped: string }[];
}

export interface WrappedPerson {
  readonly tenantId: string;
  readonly subject: string;
  /** Epoch milliseconds; null while the keys stand. */
  readonly destroyedAt: number | null;
  /** The latest last; none where they are destroyed. `wrapped` in base64. */
  readonly keys: readonly {
    readonly version: number;
    readonly tenantKeyVersion: number;
    readonly wrapped: string;
  }[];
}
