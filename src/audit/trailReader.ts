import type { DocumentStore } from '../documentStore/documentStore.js';
import {
  type AuditEntryDocument,
  type AuditTreeDocument,
  auditEntriesCollection,
  auditTreesCollection,
} from '../projections/audit/document.js';
import type { Node, ReadNodes } from './merkleTree.js';

/** Documents by the logical names of their collections. */
export type TrailDocuments = Pick<DocumentStore, 'get' | 'find'>;

/** How many entries a tenant's trail has. */
export async function treeSizeOf(documents: TrailDocuments, tenantId: string): Promise<number> {
  const tree = await documents.get<AuditTreeDocument>(auditTreesCollection.name, tenantId);
  return tree?.size ?? 0;
}

export async function entryAt(
  documents: TrailDocuments,
  tenantId: string,
  sequence: number,
): Promise<AuditEntryDocument | undefined> {
  const found = await documents.find<AuditEntryDocument>(auditEntriesCollection.name, {
    where: { tenantId, sequence: { gte: sequence, lte: sequence } },
    sort: { field: 'sequence', direction: 'asc' },
    limit: 1,
  });
  return found.documents[0];
}

/** Reads a tenant's tree: one document a node. */
export function nodesOfTrail(documents: TrailDocuments, tenantId: string): ReadNodes {
  return (nodes) => Promise.all(nodes.map((node) => readNode(documents, tenantId, node)));
}

/** A subtree stands in the entry that completed it. */
async function readNode(
  documents: TrailDocuments,
  tenantId: string,
  { level, index }: Node,
): Promise<Buffer> {
  const sequence = (index + 1) * 2 ** level - 1;
  const entry = await entryAt(documents, tenantId, sequence);
  const hash = level === 0 ? entry?.leafHash : entry?.subtrees[level - 1];
  if (hash === undefined) throw new Error(`the audit trail lacks a part of its entry ${sequence}`);
  return Buffer.from(hash, 'hex');
}
