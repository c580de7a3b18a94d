import type { KeyObject } from 'node:crypto';
import type { DocumentStore } from '../documentStore/documentStore.js';
import { pagesOf } from './documentPages.js';
import { isSignedBy, parsePublicKey, type SignedHead } from './signedHead.js';
import {
  type AuditHeadDocument,
  type AuditKeyDocument,
  auditHeadsCollection,
  auditKeysCollection,
  toHead,
} from './treeHeads.js';

/** What is wrong with a trail: the first thing that was found, in a sentence that names it. */
export class TrailIsWrong extends Error {
  override readonly name = 'TrailIsWrong';
}

/** A head, and who has kept it. */
export interface Claim {
  readonly head: SignedHead;
  readonly from: 'stored' | 'anchored';
}

export interface HeadEvidence {
  readonly documentStore: Pick<DocumentStore, 'define' | 'find'>;
  /** Heads as they were kept outside the stores; undefined where these are not at hand. */
  readonly anchored: readonly SignedHead[] | undefined;
  /** Keys by their id from a source other than the data folder; undefined: the folder's own are believed. */
  readonly trusted: ReadonlyMap<string, KeyObject> | undefined;
}

/**
 * All heads, each with a valid signature. The anchor has all that were handed to it. The store may have lost some of those,
 * as documents reach the disk later than the anchor; the log is held to them all the same.
 * @throws TrailIsWrong
 */
export async function checkedClaims(evidence: HeadEvidence): Promise<readonly Claim[]> {
  const { documentStore, anchored, trusted } = evidence;
  await documentStore.define([auditHeadsCollection, auditKeysCollection]);
  const keys = trusted ?? (await storedKeys(documentStore));
  const claims: Claim[] = [];
  const outside = new Set(anchored?.map(({ signature }) => signature));
  const heads = pagesOf<AuditHeadDocument>(documentStore, auditHeadsCollection.name, {});
  for await (const document of heads) {
    const head = toHead(document);
    assertSigned(head, 'stored', keys, trusted !== undefined);
    if (anchored !== undefined && document.isAnchored && !outside.has(head.signature)) {
      throw new TrailIsWrong(`The anchor lacks ${named({ head, from: 'stored' })}, which was handed to it.`);
    }
    claims.push({ head, from: 'stored' });
  }
  for (const head of anchored ?? []) {
    assertSigned(head, 'anchored', keys, trusted !== undefined);
    claims.push({ head, from: 'anchored' });
  }
  return claims;
}

function assertSigned(
  head: SignedHead,
  from: Claim['from'],
  keys: ReadonlyMap<string, KeyObject>,
  isPinned: boolean,
): void {
  const key = keys.get(head.keyId);
  if (key === undefined) {
    const missing = isPinned ? 'none of the public keys given' : 'a key that the data folder does not know';
    throw new TrailIsWrong(
      `The signature of ${named({ head, from })} cannot be valid: it is by ${missing} (${head.keyId}).`,
    );
  }
  if (!isSignedBy(head, key))
    throw new TrailIsWrong(`The signature of ${named({ head, from })} is not valid.`);
}

async function storedKeys(store: HeadEvidence['documentStore']): Promise<ReadonlyMap<string, KeyObject>> {
  const keys = new Map<string, KeyObject>();
  for await (const { id, publicKey } of pagesOf<AuditKeyDocument>(store, auditKeysCollection.name, {})) {
    const key = parsePublicKey(publicKey);
    if (key !== undefined) keys.set(id, key);
  }
  return keys;
}

export function named({ head, from }: Claim): string {
  return `the ${from} head of tenant ${head.tenantId} for ${head.treeSize} entries, signed ${head.timestamp}`;
}
