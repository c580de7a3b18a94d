import type { KeyObject } from 'node:crypto';

/** The key under which one person's personal values are sealed. */
export interface DataKey {
  /** Counts a person's data keys from 1. New values are sealed under the latest, older ones still open what they sealed. */
  readonly version: number;
  /** AES-256. Stays in memory; no store ever holds it unwrapped. */
  readonly key: KeyObject;
}

/**
 * Destroyed is a state with a record of its own, never an absence: a destroyed person's values stay sealed for ever, and no
 * new key is made for them.
 */
export type KeyState =
  | {
      readonly is: 'active';
      readonly current: DataKey;
      find(version: number): DataKey | undefined;
      /**
       * Whether the keys may still be used: not after a rotation of the person's data key, and where several processes share
       * a store, not after one of them destroyed it. To be asked at each use, and where it says no the store is to be asked
       * again.
       */
      isCurrent(): boolean;
    }
  | { readonly is: 'destroyed'; readonly destroyedAt: number };

/**
 * Three levels: each person's data keys are wrapped by their tenant's key, that one by the root key. Subjects are
 * pseudonyms, 32 hex digits. Every method rejects with KeyStoreUnavailable where the store or the root key cannot be
 * reached or is the wrong one: nobody may take that for "destroyed", and nothing may be stored in the clear instead.
 */
export interface KeyStore {
  /** The person's keys, made and durable where there were none. */
  open(tenantId: string, subject: string): Promise<KeyState>;
  /** Undefined where there is none; makes none. */
  find(tenantId: string, subject: string): Promise<KeyState | undefined>;
  /** Durable when it resolves; the keys are overwritten, not only forgotten. Destroying again changes nothing. */
  destroy(tenantId: string, subjects: readonly string[], at: number): Promise<void>;
  /** Every destroyed subject of the tenant, for what has to be erased again after an old backup was restored. */
  destroyed(tenantId: string): AsyncIterable<{ readonly subject: string; readonly destroyedAt: number }>;
  /** A new data key for the person; older ones stay for what they sealed. */
  rotateData(tenantId: string, subject: string): Promise<void>;
  /** A new tenant key; all data keys are wrapped anew, some at a time, while the store is in use. Resumable. */
  rotateTenant(tenantId: string): Promise<void>;
  /** Wraps all tenant keys anew under the root key's latest version. */
  rotateRoot(): Promise<void>;
  close(): Promise<void>;
}

/** What reading and unwrapping every key of a store found. */
export interface KeyFindings {
  readonly tenants: number;
  readonly subjects: number;
  readonly activeKeys: number;
  readonly destroyedKeys: number;
  /** Empty where all is well; holds nothing personal. */
  readonly problems: readonly string[];
}

/** The key store of an installation, with what its operator needs. */
export interface InstallationKeyStore extends KeyStore {
  /** 256 bits, the same for ever whatever root key wraps it: what pseudonyms and signing keys come from. */
  readonly secret: Buffer;
  /** Tenants that have keys. */
  tenantIds(): Promise<readonly string[]>;
  /** Resolves where the keys of the first tenant can be had, if there is one. Makes none. @throws KeyStoreUnavailable */
  check(): Promise<void>;
  /** @param onProgress records looked at, and how many there are */
  rotateTenant(tenantId: string, onProgress?: (done: number, total: number) => void): Promise<void>;
  /** Reads and unwraps every key. */
  inspect(): Promise<KeyFindings>;
}

/** Wraps and unwraps tenant keys: a key in the environment or a file, or Vault's transit engine. */
export interface RootKey {
  /** The ciphertext says itself under which version of the root key it was made. */
  wrap(key: Buffer): Promise<string>;
  unwrap(wrapped: string): Promise<Buffer>;
  /** The same key under the root key's latest version. */
  rewrap(wrapped: string): Promise<string>;
}

/** The key store or the root key cannot be reached, or does not fit what is stored. Try again; nothing was written. */
export class KeyStoreUnavailable extends Error {
  override readonly name = 'KeyStoreUnavailable';
  readonly code = 'key-store-unavailable';
}
