import type { CollectionDefinition, Document, DocumentStore } from '../documentStore/documentStore.js';
import { CodedError } from '../domain/errors.js';
import { type AuditTreeDocument, auditTreesCollection } from '../projections/audit/document.js';
import { pagesOf } from './documentPages.js';
import { rootOf } from './merkleTree.js';
import { formatPublicKey, type HeadKey, type SignedHead, signHead } from './signedHead.js';
import { nodesOfTrail, type TrailDocuments, treeSizeOf } from './trailReader.js';

/** Heads are no read model: what was once signed is never made anew. */
export const auditHeadsCollection: CollectionDefinition = {
  name: 'auditHeads',
  indexes: [
    ['tenantId', 'treeSize'],
    ['isAnchored', 'timestamp'],
  ],
};

export interface AuditHeadDocument extends Document, SignedHead {
  readonly isAnchored: boolean;
}

export const auditKeysCollection: CollectionDefinition = { name: 'auditKeys', indexes: [] };

/** A key that heads were signed with. Id: its key id. */
export interface AuditKeyDocument extends Document {
  /** As `formatPublicKey` writes it. */
  readonly publicKey: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** Where heads are kept outside the stores. */
export interface Anchor {
  /** Resolves when the head is kept. Called again after a failure, with the same head; twice is as good as once. */
  publish(head: SignedHead): Promise<void>;
}

export interface TreeHeads {
  /** The head of the tenant's trail as it is now: the last one, or where the trail grew one signed now. */
  current(tenantId: string): Promise<SignedHead>;
  /**
   * Signs where a trail grew, of all tenants, then hands to the anchor what it has not got yet, oldest first, until
   * `signal` aborts.
   */
  signAndAnchor(signal?: AbortSignal): Promise<void>;
}

const atATime = 200;

export async function openTreeHeads(options: {
  readonly documentStore: DocumentStore;
  /** The live read models. */
  readonly trail: TrailDocuments;
  readonly key: HeadKey;
  readonly anchor: Anchor | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
}): Promise<TreeHeads> {
  const { documentStore, trail, key, anchor, now } = options;
  const heads = auditHeadsCollection.name;
  await documentStore.define([auditHeadsCollection, auditKeysCollection]);
  await keepPublicKey(documentStore, key, now());
  /** One head after the other, so that no two are signed of one trail at once. */
  let turn: Promise<unknown> = Promise.resolve();

  function current(tenantId: string): Promise<SignedHead> {
    const result = turn.then(() => signIfGrown(tenantId));
    turn = result.catch(() => undefined);
    return result;
  }

  async function signIfGrown(tenantId: string): Promise<SignedHead> {
    const last = await lastHead(tenantId);
    const treeSize = await treeSizeOf(trail, tenantId);
    const read = nodesOfTrail(trail, tenantId);
    if (last !== undefined) await assertGoesOn(last, treeSize, () => rootOf(last.treeSize, read));
    if (last?.treeSize === treeSize) return toHead(last);
    const rootHash = (await rootOf(treeSize, read)).toString('hex');
    const head = signHead(key, { tenantId, treeSize, rootHash, timestamp: new Date(now()).toISOString() });
    const id = `${tenantId}/${`${treeSize}`.padStart(15, '0')}`;
    await put({ id, ...head, isAnchored: false });
    return head;
  }

  async function lastHead(tenantId: string): Promise<AuditHeadDocument | undefined> {
    const page = await documentStore.find<AuditHeadDocument>(heads, {
      where: { tenantId },
      sort: { field: 'treeSize', direction: 'desc' },
      limit: 1,
    });
    return page.documents[0];
  }

  function put(document: AuditHeadDocument): Promise<void> {
    return documentStore.commit({ puts: [{ collection: heads, document }] });
  }

  async function signAndAnchor(signal?: AbortSignal): Promise<void> {
    const failures: unknown[] = [];
    for await (const { tenantId } of pagesOf<AuditTreeDocument>(trail, auditTreesCollection.name, {})) {
      // A trail that is not signed any more must not keep the others from being signed and anchored.
      await current(tenantId).catch((error: unknown) => failures.push(error));
    }
    if (anchor !== undefined) await anchorWaiting(anchor, signal);
    if (failures.length > 0) throw failures[0];
  }

  async function anchorWaiting({ publish }: Anchor, signal?: AbortSignal): Promise<void> {
    for (;;) {
      const waiting = await documentStore.find<AuditHeadDocument>(heads, {
        where: { isAnchored: false },
        sort: { field: 'timestamp', direction: 'asc' },
        limit: atATime,
      });
      for (const document of waiting.documents) {
        if (signal?.aborted) return;
        await publish(toHead(document));
        await put({ ...document, isAnchored: true });
      }
      if (waiting.next === undefined) return;
    }
  }

  return { current, signAndAnchor };
}

/** What was signed once must be the beginning of what is signed next: a trail that was changed is not signed again. */
async function assertGoesOn(last: SignedHead, treeSize: number, root: () => Promise<Buffer>): Promise<void> {
  if (treeSize >= last.treeSize && (await root()).toString('hex') === last.rootHash) return;
  throw new CodedError(
    'conflict',
    'The audit trail does not go on from its last signed head, so no other is signed: run waymark verify --audit.',
  );
}

async function keepPublicKey(store: DocumentStore, { keyId, publicKey }: HeadKey, at: number): Promise<void> {
  if ((await store.get(auditKeysCollection.name, keyId)) !== undefined) return;
  const document: AuditKeyDocument = {
    id: keyId,
    publicKey: formatPublicKey(publicKey),
    since: new Date(at).toISOString(),
  };
  await store.commit({ puts: [{ collection: auditKeysCollection.name, document }] });
}

/** As it was signed, without what the store adds. */
export function toHead(head: SignedHead): SignedHead {
  const { tenantId, treeSize, rootHash, timestamp, keyId, signature } = head;
  return { tenantId, treeSize, rootHash, timestamp, keyId, signature };
}
