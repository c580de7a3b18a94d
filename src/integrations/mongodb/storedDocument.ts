import { fieldPath, fieldValue } from '../../documentStore/documentIndexCondition.js';
import { encodeId, encodeScalar, isScalar } from '../../documentStore/documentIndexKey.js';
import type { Document, IndexDefinition } from '../../documentStore/documentStore.js';

/**
 * A document as it stands in MongoDB. Its body is JSON text, so that any key, any depth and any string come back as
 * they were, which BSON does not promise (`$set`, `a.b`, 180 levels, lone surrogates). What queries need stands beside
 * it: of each index the entry that the embedded store keeps too, so that both order and select alike, by the bytes.
 */
export interface StoredDocument {
  readonly _id: string;
  /** Entries by the names of their indexes. */
  readonly k?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Name of the checkpoint with which it was written, and the number of the commit. */
  readonly n?: string;
  readonly s?: number;
  /** When it was removed. Kept for a while so that a late write of an earlier commit does not bring it back. */
  readonly gone?: Date;
}

/** Of the body's UTF-8 bytes: below the 16 MiB that MongoDB takes, with room for what stands beside it. */
const maxBodyBytes = 16 * 1024 * 1024 - 256 * 1024;

export class DocumentTooLarge extends Error {
  readonly code = 'document-too-large';
}

/** @throws DocumentTooLarge */
export function toStored(indexes: readonly IndexDefinition[], document: Document): StoredDocument {
  const body = JSON.stringify(document);
  if (body.length * 3 > maxBodyBytes && Buffer.byteLength(body) > maxBodyBytes) {
    throw new DocumentTooLarge(`a document of ${Buffer.byteLength(body)} bytes is more than MongoDB takes`);
  }
  return { _id: storedId(document.id), ...entriesOf(indexes, document), body };
}

/** The index entries alone: none where a document stands in no index. */
export function entriesOf(
  indexes: readonly IndexDefinition[],
  document: Document,
): { readonly k?: Readonly<Record<string, string>> } {
  const entries = indexes.flatMap((index) => {
    const entry = entryOf(index, document);
    return entry === undefined ? [] : [[indexName(index), entry] as const];
  });
  return entries.length === 0 ? {} : { k: Object.fromEntries(entries) };
}

export function fromStored({ body }: StoredDocument): Document | undefined {
  return body === undefined ? undefined : JSON.parse(body);
}

/** Bytes become characters of the same numbers, whose order in MongoDB is the order of the bytes. */
export function toText(bytes: Buffer): string {
  return bytes.toString('latin1');
}

export function storedId(id: string): string {
  return toText(encodeId(id));
}

/** The field under `k`: the index's fields, without the characters that mean something in MongoDB's field names. */
export function indexName(index: IndexDefinition): string {
  return index.map((field) => field.replace(/[%.$,\0]/g, escaped)).join(',');
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function entryOf(index: IndexDefinition, document: Document): string | undefined {
  const parts: Buffer[] = [];
  for (const field of index) {
    const value = fieldValue(document, fieldPath(field));
    if (!isScalar(value)) return undefined;
    parts.push(encodeScalar(value));
  }
  return toText(Buffer.concat([...parts, encodeId(document.id)]));
}
