import { canonicalJson } from '../domain/canonicalJson.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import type { Position, Recorded, StoredForm } from '../domain/metadata.js';
import { decode, wireNamesOf } from '../eventStore/codec.js';
import type { EventStore } from '../eventStore/eventStore.js';
import { auditedTypes } from '../projections/audit/auditedTypes.js';
import {
  type AuditEntryDocument,
  type AuditTreeDocument,
  auditEntriesCollection,
  auditTreesCollection,
} from '../projections/audit/document.js';
import { auditEntryOf } from '../projections/audit/projection.js';
import { pagesOf } from './documentPages.js';
import { type Claim, checkedClaims, type HeadEvidence, named, TrailIsWrong } from './headClaims.js';
import { leafOf } from './leaf.js';
import { appendLeaf, rootOfFrontier } from './merkleTree.js';
import type { TrailDocuments } from './trailReader.js';
export interface VerifiedTrails {
  readonly tenants: number;
  readonly entries: number;
  readonly heads: number;
  readonly anchored: number;
}

export interface TrailEvidence extends HeadEvidence {
  readonly eventStore: Pick<EventStore, 'readAll'>;
  /** The live read models. */
  readonly trail: TrailDocuments;
}

const wireNames = wireNamesOf(auditedTypes);
/** A tenant's tree as the events alone give it, up to where the walk through the log is, and what it is compared with. */
interface Walk {
  readonly tenantId: string;
  size: number;
  frontier: readonly string[];
  readonly storedTree: AuditTreeDocument | undefined;
  readonly storedEntries: AsyncGenerator<AuditEntryDocument, undefined>;
  /** Of stored and anchored heads, by tree size. */
  readonly heads: ReadonlyMap<number, readonly Claim[]>;
}

/**
 * Makes every tenant's tree anew from the event log, and compares: each entry and subtree with the stored ones, each
 * signed head, stored or anchored, with the tree of its size. The log is read once; one head is held in
 * memory for each that was signed.
 * @throws TrailIsWrong at the first thing that does not fit
 */
export async function verifyTrails(evidence: TrailEvidence): Promise<VerifiedTrails> {
  const { trail, anchored } = evidence;
  const claims = await checkedClaims(evidence);
  const walks = new Map<string, Walk>();
  const walkOf = async (tenantId: string): Promise<Walk> => {
    const walk = walks.get(tenantId) ?? (await beginWalk(evidence, tenantId, claims));
    walks.set(tenantId, walk);
    return walk;
  };
  for await (const event of auditedEvents(evidence)) await step(await walkOf(event.metadata.tenantId), event);
  // Tenants of whom nothing is left in the log, but whom heads or trees speak of.
  for (const { head } of claims) await walkOf(head.tenantId);
  for await (const tree of pagesOf<AuditTreeDocument>(trail, auditTreesCollection.name, {})) {
    await walkOf(tree.tenantId);
  }
  let entries = 0;
  for (const walk of walks.values()) {
    await checkEnd(walk);
    entries += walk.size;
  }
  return {
    tenants: walks.size,
    entries,
    heads: claims.filter(({ from }) => from === 'stored').length,
    anchored: anchored?.length ?? 0,
  };
}

async function beginWalk(
  { trail }: TrailEvidence,
  tenantId: string,
  claims: readonly Claim[],
): Promise<Walk> {
  const heads = new Map<number, Claim[]>();
  for (const claim of claims) {
    const { treeSize } = claim.head;
    if (claim.head.tenantId === tenantId) heads.set(treeSize, [...(heads.get(treeSize) ?? []), claim]);
  }
  const walk: Walk = {
    tenantId,
    size: 0,
    frontier: [],
    storedTree: await trail.get<AuditTreeDocument>(auditTreesCollection.name, tenantId),
    storedEntries: pagesOf<AuditEntryDocument>(trail, auditEntriesCollection.name, {
      where: { tenantId },
      sort: { field: 'sequence', direction: 'asc' },
    }),
    heads,
  };
  checkHeads(walk);
  return walk;
}

/** Adds the leaf of an event as it is now, and compares what follows from it. */
async function step(walk: Walk, event: AuditedEvent): Promise<void> {
  const { frontier, completed } = appendLeaf(walk.size, walk.frontier, leafOf(event, event.stored));
  const stored = await walk.storedEntries.next();
  // The read model may be behind the log: what it does not hold yet, the next start adds.
  if (stored.done !== true) {
    assertSame(stored.value, auditEntryOf(event, event.stored, walk.size, completed));
  } else if (walk.size < (walk.storedTree?.size ?? 0)) {
    throw new TrailIsWrong(`Tenant ${walk.tenantId} lacks entry ${walk.size} of its stored trail.`);
  }
  walk.size += 1;
  walk.frontier = frontier;
  checkTree(walk);
  checkHeads(walk);
}

function assertSame(stored: AuditEntryDocument, expected: AuditEntryDocument): void {
  const { tenantId, sequence, position } = expected;
  const where = `Entry ${sequence} of tenant ${tenantId} (event at position ${position})`;
  if (stored.sequence !== sequence) throw new TrailIsWrong(`${where} is missing from the stored trail.`);
  if (stored.leafHash !== expected.leafHash) {
    throw new TrailIsWrong(
      `${where} is not the event that was recorded there: the event or its entry was edited, removed or moved.`,
    );
  }
  if (stored.subtrees.join() !== expected.subtrees.join()) {
    throw new TrailIsWrong(`${where}: the stored tree was edited; the events give other hashes.`);
  }
  if (canonicalJson(stored) !== canonicalJson(expected)) {
    throw new TrailIsWrong(`${where}: what the stored entry says of the event was edited.`);
  }
}

function checkTree({ tenantId, size, frontier, storedTree }: Walk): void {
  if (storedTree?.size !== size) return;
  if (storedTree.frontier.join() === frontier.join()) return;
  throw new TrailIsWrong(`The stored tree of tenant ${tenantId} was edited; the events give other hashes.`);
}

function checkHeads({ heads, size, frontier }: Walk): void {
  const claims = heads.get(size);
  if (claims === undefined) return;
  const root = rootOfFrontier(frontier.map((hash) => Buffer.from(hash, 'hex'))).toString('hex');
  for (const claim of claims) {
    if (claim.head.rootHash === root) continue;
    throw new TrailIsWrong(
      `${capital(named(claim))} does not fit the event log: among the first ${size} entries one was changed, ` +
        'removed, added or moved since it was signed.',
    );
  }
}

async function checkEnd({ tenantId, size, storedTree, storedEntries, heads }: Walk): Promise<void> {
  const claims = [...heads.values()].flat();
  const unmet = claims.find(({ head }) => head.treeSize > size);
  if (unmet !== undefined) {
    throw new TrailIsWrong(
      `The event log was cut: ${named(unmet)} speaks for ${unmet.head.treeSize} entries, the log gives ${size}.`,
    );
  }
  const next = await storedEntries.next();
  if (next.done !== true) {
    throw new TrailIsWrong(
      `The event log was cut: tenant ${tenantId} has a stored entry ${next.value.sequence}, the log gives ${size}.`,
    );
  }
  const held = storedTree?.size ?? 0;
  // A stored head reached the disk after the tree that it speaks for; an anchored one may have come before it.
  const unheld = claims.find(({ head, from }) => from === 'stored' && head.treeSize > held);
  if (held > size || unheld !== undefined) {
    throw new TrailIsWrong(
      `The stored tree of tenant ${tenantId} was edited: it speaks for ${held} entries, the log gives ${size}` +
        `${unheld === undefined ? '' : ` and ${named(unheld)} for ${unheld.head.treeSize}`}.`,
    );
  }
}

type AuditedEvent = Recorded<DomainEvent> & { readonly stored: StoredForm };

async function* auditedEvents({ eventStore }: TrailEvidence): AsyncGenerator<AuditedEvent> {
  let from: Position | 'start' = 'start';
  for (;;) {
    const slice = await eventStore.readAll({ from, maxCount: 1000 });
    for (const event of slice.events) {
      if (!wireNames.has(event.type)) continue;
      const recorded = decode(event);
      if (recorded !== undefined) yield { ...recorded, stored: event };
    }
    if (slice.atEnd || slice.next === undefined) return;
    from = slice.next;
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
