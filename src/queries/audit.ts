import { consistencyProof, inclusionProof, rootOf } from '../audit/merkleTree.js';
import type { SignedHead } from '../audit/signedHead.js';
import { entryAt, nodesOfTrail, treeSizeOf } from '../audit/trailReader.js';
import {
  type AuditHeadDocument,
  type AuditKeyDocument,
  auditHeadsCollection,
  auditKeysCollection,
  toHead,
} from '../audit/treeHeads.js';
import type { DocumentStore, Where } from '../documentStore/documentStore.js';
import {
  type AuditEntryDocument,
  type AuditSubjectDocument,
  auditEntriesCollection,
  auditSubjectsCollection,
} from '../projections/audit/document.js';
import type { AuditEntry, AuditKey, Consistency, Inclusion } from './models/audit.js';
import { isoTime } from './models/fields.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import { inPeriod, type Period } from './period.js';
import type { View } from './view.js';

export interface AuditFilter extends Period {
  /** Pseudonym. */
  readonly subject?: string | undefined;
  /** Wire name. */
  readonly type?: string | undefined;
}

/** Newest first. */
export async function listAuditEntries(
  view: View,
  { subject, type, ...period }: AuditFilter,
  page: PageRequest,
): Promise<Page<AuditEntry>> {
  const where = {
    tenantId: view.tenantId,
    ...(type !== undefined && { type }),
    ...inPeriod('recordedAt', period),
  };
  const newestFirst = { sort: { field: 'recordedAt', direction: 'desc' }, ...page } as const;
  if (subject !== undefined) return listAbout(view, { ...where, subject }, newestFirst);
  const found = await view.documents.find<AuditEntryDocument>(auditEntriesCollection.name, {
    where,
    ...newestFirst,
  });
  return mapPage(found, toEntry);
}

async function listAbout(
  { documents }: View,
  where: Where,
  newestFirst: PageRequest & { readonly sort: { readonly field: string; readonly direction: 'desc' } },
): Promise<Page<AuditEntry>> {
  const found = await documents.find<AuditSubjectDocument>(auditSubjectsCollection.name, {
    where,
    ...newestFirst,
  });
  const entries = await documents.getMany<AuditEntryDocument>(
    auditEntriesCollection.name,
    found.documents.map(({ entryId }) => entryId),
  );
  return {
    items: entries.filter((entry) => entry !== undefined).map(toEntry),
    ...(found.next && { next: found.next }),
  };
}

/** @param treeSize of the tree to prove it for; the present one where not given. Undefined: there is no such entry. */
export async function proveInclusion(
  { documents, tenantId }: View,
  sequence: number,
  treeSize?: number,
): Promise<Inclusion | undefined> {
  const present = await treeSizeOf(documents, tenantId);
  const size = treeSize ?? present;
  if (sequence >= size || size > present) return undefined;
  const read = nodesOfTrail(documents, tenantId);
  const [entry, path, root] = await Promise.all([
    entryAt(documents, tenantId, sequence),
    inclusionProof(sequence, size, read),
    rootOf(size, read),
  ]);
  return (
    entry && {
      sequence,
      treeSize: size,
      leafHash: entry.leafHash,
      path: path.map(toHex),
      rootHash: toHex(root),
    }
  );
}

/** Undefined: the trail is not that long. The first must be positive and not larger than the second. */
export async function proveConsistency(
  { documents, tenantId }: View,
  first: number,
  second: number,
): Promise<Consistency | undefined> {
  if (second > (await treeSizeOf(documents, tenantId))) return undefined;
  const read = nodesOfTrail(documents, tenantId);
  const [path, firstRoot, secondRoot] = await Promise.all([
    consistencyProof(first, second, read),
    rootOf(first, read),
    rootOf(second, read),
  ]);
  return {
    first,
    second,
    firstRootHash: toHex(firstRoot),
    secondRootHash: toHex(secondRoot),
    path: path.map(toHex),
  };
}

/** The largest tree first. */
export async function listHeads(
  store: Pick<DocumentStore, 'find'>,
  tenantId: string,
  page: PageRequest,
): Promise<Page<SignedHead>> {
  const found = await store.find<AuditHeadDocument>(auditHeadsCollection.name, {
    where: { tenantId },
    sort: { field: 'treeSize', direction: 'desc' },
    ...page,
  });
  return mapPage(found, toHead);
}

/** Every key that heads of this installation were signed with. */
export async function listAuditKeys(
  store: Pick<DocumentStore, 'find'>,
  page: PageRequest,
): Promise<Page<AuditKey>> {
  const found = await store.find<AuditKeyDocument>(auditKeysCollection.name, page);
  return mapPage(found, ({ id, publicKey, since }) => ({
    keyId: id,
    algorithm: 'Ed25519',
    publicKey,
    since,
  }));
}

function toEntry(document: AuditEntryDocument): AuditEntry {
  const { id: _, tenantId: __, subtrees: ___, occurredAt, recordedAt, ...entry } = document;
  return { ...entry, occurredAt: isoTime(occurredAt), recordedAt: isoTime(recordedAt) };
}

function toHex(hash: Buffer): string {
  return hash.toString('hex');
}
