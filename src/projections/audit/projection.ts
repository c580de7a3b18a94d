import { leafOf } from '../../audit/leaf.js';
import { appendLeaf } from '../../audit/merkleTree.js';
import type { DomainEvent } from '../../domain/domainEvent.js';
import type { Recorded, StoredForm } from '../../domain/metadata.js';
import { formatPosition } from '../../eventStore/eventStore.js';
import type { Documents, Projection } from '../../processors/processor.js';
import { aboutOf } from './about.js';
import { auditedTypes } from './auditedTypes.js';
import {
  type AuditEntryDocument,
  type AuditSubjectDocument,
  type AuditTreeDocument,
  auditEntriesCollection,
  auditSubjectsCollection,
  auditTreesCollection,
} from './document.js';

const entries = auditEntriesCollection.name;
const subjects = auditSubjectsCollection.name;
const trees = auditTreesCollection.name;

/**
 * The audit trail: one entry an audited event, and the tenant's Merkle tree over them. An entry holds the subtrees that
 * it completes, which never change again, so adding one writes O(1) documents and a proof reads O(log n).
 * Nothing in here may throw: an event that was parked would be missing from the tree.
 */
export const auditProjection: Projection = {
  name: 'audit',
  version: 3,
  collections: [auditEntriesCollection, auditSubjectsCollection, auditTreesCollection],
  putOnly: [entries, subjects],
  eventTypes: auditedTypes,
  keys(recorded) {
    const { tenantId } = recorded.metadata;
    const entryId = entryIdOf(recorded);
    return [
      { collection: trees, id: tenantId },
      { collection: entries, id: entryId },
      ...furtherSubjects(aboutOf(recorded)).map((subject) => ({
        collection: subjects,
        id: `${entryId}/${subject}`,
      })),
    ];
  },
  evolve(recorded, documents): void {
    // What was read from a store says how it is stored; what was not has no place in a tree that proves a store.
    if (recorded.stored !== undefined) addEntry(recorded, recorded.stored, documents);
  },
};

function addEntry(recorded: Recorded<DomainEvent>, stored: StoredForm, documents: Documents): void {
  const { tenantId } = recorded.metadata;
  const tree = documents.get<AuditTreeDocument>(trees, tenantId) ?? emptyTree(tenantId);
  const { frontier, completed } = appendLeaf(tree.size, tree.frontier, leafOf(recorded, stored));
  const entry = auditEntryOf(recorded, stored, tree.size, completed);
  documents.put(entries, entry);
  for (const subject of furtherSubjects(entry)) {
    const document: AuditSubjectDocument = {
      id: `${entry.id}/${subject}`,
      tenantId,
      subject,
      type: entry.type,
      recordedAt: entry.recordedAt,
      entryId: entry.id,
    };
    documents.put(subjects, document);
  }
  tree.size += 1;
  tree.frontier = frontier;
  documents.put(trees, tree);
}

function furtherSubjects({ subjects }: { readonly subjects: readonly string[] }): readonly string[] {
  return subjects.slice(1);
}

/** @param completed the subtrees that end with this entry, by level: its leaf is the first */
export function auditEntryOf(
  recorded: Recorded<DomainEvent>,
  stored: StoredForm,
  sequence: number,
  completed: readonly string[],
): AuditEntryDocument {
  const { tenantId, correlationId, occurredAt, recordedAt } = recorded.metadata;
  const [leafHash = '', ...subtrees] = completed;
  const about = aboutOf(recorded);
  const [first] = about.subjects;
  return {
    id: entryIdOf(recorded),
    tenantId,
    sequence,
    position: formatPosition(recorded.position),
    stream: recorded.streamName,
    revision: `${recorded.revision}`,
    eventId: recorded.id,
    type: stored.type,
    ...about,
    ...(first !== undefined && { about: first }),
    correlationId,
    occurredAt,
    recordedAt,
    leafHash,
    subtrees,
  };
}

/** As text of equal length, so that ids order as positions do. */
function entryIdOf({ metadata, position }: Recorded<unknown>): string {
  const { commit, prepare } = position;
  const place = commit === prepare ? asText(commit) : `${asText(commit)}.${asText(prepare)}`;
  return `${metadata.tenantId}/${place}`;
}

function asText(part: bigint): string {
  return `${part}`.padStart(20, '0');
}

function emptyTree(tenantId: string): AuditTreeDocument {
  return { id: tenantId, tenantId, size: 0, frontier: [] };
}
