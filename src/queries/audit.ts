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

const newestFirst = { field: 'recordedAt', direction: 'desc' } as const;

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
  if (subject !== undefined) return listAbout(view, subject, where, page);
  const found = await view.documents.find<AuditEntryDocument>(auditEntriesCollection.name, {
    ...{ where, sort: newestFirst },
    ...page,
  });
  return mapPage(found, toEntry);
}

/** From entries that are about the person first of all and those where they come later, whose ids order alike. */
async function listAbout(
  { documents }: View,
  subject: string,
  where: Where,
  page: PageRequest,
): Promise<Page<AuditEntry>> {
  const [first, later] = await Promise.all([
    documents.find<AuditEntryDocument>(auditEntriesCollection.name, {
      ...{ where: { ...where, about: subject }, sort: newestFirst },
      ...page,
    }),
    documents.find<AuditSubjectDocument>(auditSubjectsCollection.name, {
      ...{ where: { ...where, subject }, sort: newestFirst },
      ...page,
    }),
  ]);
  const found = [...first.documents, ...later.documents].sort(byNewest);
  const shown = found.slice(0, page.limit);
  const pointers = shown.filter((document) => 'entryId' in document);
  const pointedTo = await documents.getMany<AuditEntryDocument>(
    auditEntriesCollection.name,
    pointers.map(({ entryId }) => entryId),
  );
  const entryOf = new Map(pointers.map(({ id }, at) => [id, pointedTo[at]]));
  const entries = shown.map((document) => ('entryId' in document ? entryOf.get(document.id) : document));
  const last = shown.at(-1);
  const isMore = found.length > shown.length || first.next !== undefined || later.next !== undefined;
  return {
    items: entries.filter((entry) => entry !== undefined).map(toEntry),
    ...(isMore && last && { next: { value: last.recordedAt, id: last.id } }),
  };
}

type Dated = Pick<AuditEntryDocument, 'id' | 'recordedAt'>;

function byNewest(a: Dated, b: Dated): number {
  if (a.recordedAt !== b.recordedAt) return b.recordedAt - a.recordedAt;
  return a.id < b.id ? 1 : -1;
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
  const { id: _, tenantId: __, subtrees: ___, about: ____, occurredAt, recordedAt, ...entry } = document;
  return { ...entry, occurredAt: isoTime(occurredAt), recordedAt: isoTime(recordedAt) };
}

function toHex(hash: Buffer): string {
  return hash.toString('hex');
}
