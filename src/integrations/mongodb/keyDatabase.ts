import type { Binary, Collection } from 'mongodb';
import type { LedgerEntry } from '../../commands/erasureLedger.js';
import type { ArchivedExport } from '../../commands/exports/exportArchive.js';
import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import type { StoredAccessKey } from '../accessKeyRing.js';
import { type MongoConnection, openMongoConnection } from './connection.js';

/** A person's data keys, or that they are destroyed. Id: `personId`. */
export interface StoredPerson {
  readonly _id: string;
  readonly tenantId: string;
  /** Counts the changes, so that one decided upon what no longer stands is not carried out. */
  readonly revision: number;
  /** Epoch milliseconds; null while the keys stand. */
  readonly destroyedAt: number | null;
  /** The latest last. */
  readonly keys: readonly StoredDataKey[];
}

export interface StoredDataKey {
  readonly version: number;
  readonly tenantKeyVersion: number;
  /** In base64. */
  readonly wrapped: string;
}

/** A tenant's keys, wrapped by the root key. Id: the tenant. */
export interface StoredTenant {
  readonly _id: string;
  readonly revision: number;
  readonly isRotating: boolean;
  /** The latest last. */
  readonly keys: readonly { readonly version: number; readonly wrapped: string }[];
}

/** What an installation has one of, wrapped by the root key. Id: its name. */
export interface StoredSecret {
  readonly _id: string;
  readonly wrapped: string;
}

/** What the memory of every instance has to follow. Id: its number, from 1 without a gap. */
export interface KeyChange {
  readonly _id: number;
  readonly tenantId: string;
  /** Whose keys changed, and where they were destroyed when; empty where it is the tenant's own. */
  readonly people: readonly { readonly subject: string; readonly destroyedAt: number | null }[];
}

/** An export that is under way, stored or being removed. Id: a name of what it is. */
export interface StoredExport extends ArchivedExport {
  readonly _id: string;
  /** Ids of all contents that were ever begun for it. */
  readonly contents: readonly string[];
  /** What is whole: more than one where several instances made it, each under a key of its own. */
  readonly stored: readonly StoredContent[];
  /** Epoch milliseconds. */
  readonly removedAt: number | null;
}

export interface StoredContent {
  readonly content: string;
  /** Tells the key it is sealed under from others, and nothing else of it. */
  readonly keyId: string;
  readonly sealedBytes: number;
}

/** A sealed chunk of an export's content. */
export interface StoredChunk {
  readonly _id: string;
  readonly content: string;
  /** From 0. */
  readonly number: number;
  readonly bytes: Binary;
}

/** Id: the hash of the link. */
export interface StoredLink {
  readonly _id: string;
  /** The token, in base64. */
  readonly wrapped: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** A thing that is done once in the life of an installation. Id: its name. */
export interface Claim {
  readonly _id: string;
  /** A random id of who did it. */
  readonly by: string;
}

/**
 * What an installation has one of, apart from the read models: the database `<name>_keys`, whose backups are to be kept
 * short, and `<name>_erasures`, whose entries are to outlive all backups.
 */
export interface KeyDatabase {
  /** Of the database of keys. */
  readonly name: string;
  readonly connection: MongoConnection;
  readonly people: Collection<StoredPerson>;
  readonly tenants: Collection<StoredTenant>;
  readonly secrets: Collection<StoredSecret>;
  readonly changes: Collection<KeyChange>;
  /** Id: the key's. */
  readonly accessKeys: Collection<Omit<StoredAccessKey, 'keyId'> & { readonly _id: string }>;
  readonly claims: Collection<Claim>;
  readonly exports: Collection<StoredExport>;
  readonly exportChunks: Collection<StoredChunk>;
  readonly untoldLinks: Collection<StoredLink>;
  /** In the database of erasures. */
  readonly erasures: Collection<LedgerEntry & { readonly _id: string }>;
}

/** @param url as in MONGODB_URL */
export function openKeyDatabase(url: string): KeyDatabase {
  const connection = openMongoConnection({
    url,
    unavailable: (message, options) => new KeyStoreUnavailable(message, options),
  });
  const database = connection.databaseBeside('keys');
  return {
    name: database.databaseName,
    connection,
    people: database.collection('people'),
    tenants: database.collection('tenants'),
    secrets: database.collection('secrets'),
    changes: database.collection('changes'),
    accessKeys: database.collection('accessKeys'),
    claims: database.collection('claims'),
    exports: database.collection('exports'),
    exportChunks: database.collection('exportChunks'),
    untoldLinks: database.collection('untoldLinks'),
    erasures: connection.databaseBeside('erasures').collection('erasures'),
  };
}

/** @param subject 32 hexadecimal digits */
export function personId(tenantId: string, subject: string): string {
  if (!/^[0-9a-f]{32}$/.test(subject)) throw new Error('a subject has 32 hexadecimal digits, in lower case');
  return `${subject}/${tenantId}`;
}

export function ownerOf(id: string): { readonly tenantId: string; readonly subject: string } {
  return { subject: id.slice(0, 32), tenantId: id.slice(33) };
}
