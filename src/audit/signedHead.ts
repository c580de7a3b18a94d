import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson } from '../domain/canonicalJson.js';

/** What a tenant's trail was at one moment, for ever: who has it can tell whether a later trail goes on from it. */
export interface TreeHead {
  readonly tenantId: string;
  /** How many entries. */
  readonly treeSize: number;
  /** Hex. */
  readonly rootHash: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly keyId: string;
}

export interface SignedHead extends TreeHead {
  /** Ed25519 (RFC 8032) over the RFC 8785 form of all else; base64. */
  readonly signature: string;
}

/** Signs with one key pair. */
export interface HeadKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function signHead(key: HeadKey, head: Omit<TreeHead, 'keyId'>): SignedHead {
  const signed: TreeHead = { ...head, keyId: key.keyId };
  return { ...signed, signature: sign(null, signedBytes(signed), key.privateKey).toString('base64') };
}

export function isSignedBy(head: SignedHead, publicKey: KeyObject): boolean {
  return verify(null, signedBytes(head), publicKey, Buffer.from(head.signature, 'base64'));
}

/** Exactly the signed members, whatever else a stored head has. */
function signedBytes({ tenantId, treeSize, rootHash, timestamp, keyId }: TreeHead): Buffer {
  return Buffer.from(canonicalJson({ tenantId, treeSize, rootHash, timestamp, keyId }));
}

/** The first 128 bits of the SHA-256 of the key's DER form, as hex. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256').update(derOf(publicKey)).digest('hex').slice(0, 32);
}

/** One line: base64 of the key's DER form (SubjectPublicKeyInfo). */
export function formatPublicKey(publicKey: KeyObject): string {
  return derOf(publicKey).toString('base64');
}

/** Undefined for what is no Ed25519 key in the form of `formatPublicKey`. */
export function parsePublicKey(text: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

function derOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' });
}
