import { hash } from 'node:crypto';

/**
 * The Merkle tree of RFC 9162, section 2.1, over SHA-256: roots, and proofs that an entry stands in a tree and that one
 * tree is the beginning of another. A subtree that is complete never changes; nodes are named by level (0: the leaves)
 * and index, and node (l, i) covers the leaves from i·2^l up to (i+1)·2^l. Sizes stay below 2^48.
 */
export type ReadNodes = (nodes: readonly Node[]) => Promise<readonly Buffer[]>;

export interface Node {
  readonly level: number;
  readonly index: number;
}

export const emptyRoot = hash('sha256', '', 'buffer');

export function leafHash(leaf: string): Buffer {
  return hash('sha256', `\0${leaf}`, 'buffer');
}

export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([nodeMark, left, right]), 'buffer');
}

const nodeMark = Buffer.of(1);

/**
 * Adds a leaf to a tree of `size` leaves, of which `frontier` holds the complete subtrees, the largest first.
 * `completed` are the subtrees that end with this leaf, by level: the leaf itself is the first. Hashes are in hex, as they are
 * stored: of a long frontier most stay as they are.
 */
export function appendLeaf(
  size: number,
  frontier: readonly string[],
  leaf: string,
): { readonly frontier: readonly string[]; readonly completed: readonly string[] } {
  const left = [...frontier];
  const completed = [leaf];
  let last = leaf;
  for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
    const sibling = left.pop();
    if (sibling === undefined) throw new RangeError('the frontier does not belong to a tree of this size');
    last = nodeHash(Buffer.from(sibling, 'hex'), Buffer.from(last, 'hex')).toString('hex');
    completed.push(last);
  }
  left.push(last);
  return { frontier: left, completed };
}

/** Of complete subtrees side by side, the largest first. */
export function rootOfFrontier(frontier: readonly Buffer[]): Buffer {
  const hash = frontier.reduceRight<Buffer | undefined>(
    (right, left) => (right === undefined ? left : nodeHash(left, right)),
    undefined,
  );
  return hash ?? emptyRoot;
}

export async function rootOf(size: number, read: ReadNodes): Promise<Buffer> {
  return rootOfFrontier(await read(nodesOf({ from: 0, to: size })));
}

/** Section 2.1.3.1: from the leaf's sibling up to the root's child. @throws RangeError */
export function inclusionProof(sequence: number, size: number, read: ReadNodes): Promise<readonly Buffer[]> {
  if (!(sequence >= 0 && sequence < size)) throw new RangeError('the tree has no such entry');
  return hashesOf(inclusionRanges(sequence, { from: 0, to: size }), read);
}

/** Section 2.1.4.1. Empty where the sizes are equal. @throws RangeError */
export async function consistencyProof(
  first: number,
  second: number,
  read: ReadNodes,
): Promise<readonly Buffer[]> {
  if (!(first > 0 && first <= second))
    throw new RangeError('the first tree must be the smaller one, not empty');
  return hashesOf(consistencyRanges(first, { from: 0, to: second }, true), read);
}

/** Leaves from `from` up to but not including `to`. */
interface Range {
  readonly from: number;
  readonly to: number;
}

function inclusionRanges(sequence: number, range: Range): Range[] {
  if (range.to - range.from === 1) return [];
  const [left, right] = halves(range);
  return sequence < left.to
    ? [...inclusionRanges(sequence, left), right]
    : [...inclusionRanges(sequence, right), left];
}

function consistencyRanges(first: number, range: Range, isWhole: boolean): Range[] {
  if (first === range.to) return isWhole ? [] : [range];
  const [left, right] = halves(range);
  return first <= left.to
    ? [...consistencyRanges(first, left, isWhole), right]
    : [...consistencyRanges(first, right, false), left];
}

/** Divides behind the largest power of two that is smaller than the whole. */
function halves({ from, to }: Range): [Range, Range] {
  const middle = from + largestPower(to - from - 1);
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

function largestPower(atMost: number): number {
  return 2 ** Math.floor(Math.log2(atMost));
}

/** The complete subtrees of a range that begins where one of its size may begin; the largest first. */
function nodesOf({ from, to }: Range): Node[] {
  const nodes: Node[] = [];
  for (let at = from; at < to; ) {
    const width = largestPower(to - at);
    nodes.push({ level: Math.log2(width), index: at / width });
    at += width;
  }
  return nodes;
}

/** All nodes of a proof are read at once. */
async function hashesOf(ranges: readonly Range[], read: ReadNodes): Promise<Buffer[]> {
  const nodes = ranges.map(nodesOf);
  const hashes = await read(nodes.flat());
  let at = 0;
  return nodes.map(({ length }) => {
    at += length;
    return rootOfFrontier(hashes.slice(at - length, at));
  });
}

/** Section 2.1.3.2: whether the proof leads from the leaf to the root. */
export function provesInclusion(proof: {
  readonly leaf: Buffer;
  readonly sequence: number;
  readonly size: number;
  readonly path: readonly Buffer[];
  readonly root: Buffer;
}): boolean {
  if (!(proof.sequence >= 0 && proof.sequence < proof.size)) return false;
  let fn = proof.sequence;
  let sn = proof.size - 1;
  let hash = proof.leaf;
  for (const sibling of proof.path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else hash = nodeHash(hash, sibling);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && hash.equals(proof.root);
}

/** Section 2.1.4.2: whether the first tree is the beginning of the second. */
export function provesConsistency(proof: {
  readonly first: number;
  readonly second: number;
  readonly path: readonly Buffer[];
  readonly firstRoot: Buffer;
  readonly secondRoot: Buffer;
}): boolean {
  const { first, second, firstRoot, secondRoot } = proof;
  if (first === second) return proof.path.length === 0 && firstRoot.equals(secondRoot);
  if (!(first > 0 && first < second)) return false;
  const path = Number.isInteger(Math.log2(first)) ? [firstRoot, ...proof.path] : [...proof.path];
  const start = path.shift();
  if (start === undefined) return false;
  let fn = first - 1;
  let sn = second - 1;
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let firstHash = start;
  let secondHash = start;
  for (const sibling of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      firstHash = nodeHash(sibling, firstHash);
      secondHash = nodeHash(sibling, secondHash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else secondHash = nodeHash(secondHash, sibling);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && firstHash.equals(firstRoot) && secondHash.equals(secondRoot);
}

function half(value: number): number {
  return Math.floor(value / 2);
}
