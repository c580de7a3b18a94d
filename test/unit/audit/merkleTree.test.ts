import fc from 'fast-check';
import t from 'tap';
import {
  appendLeaf,
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  provesConsistency,
  provesInclusion,
  rootOf,
} from '../../../src/audit/merkleTree.js';
import { memoryTree } from '../../support/memoryTree.js';

/** The eight leaves that Certificate Transparency's own implementations are tested with (RFC 6962, same tree). */
const knownLeaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const knownRoots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const known = knownLeaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex').toString('latin1')));
const hex = (hashes: readonly Buffer[]) => hashes.map((hash) => hash.toString('hex').slice(0, 8));

t.test('the known trees have their known roots', async (t) => {
  t.equal(emptyRoot.toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  t.ok((await rootOf(0, memoryTree([]).read)).equals(emptyRoot));
  for (const [at, root] of knownRoots.entries()) {
    t.equal((await rootOf(at + 1, memoryTree(known).read)).toString('hex'), root, `${at + 1} leaves`);
  }
});

t.test('the known trees have their known proofs', async (t) => {
  const { read } = memoryTree(known);
  t.strictSame(hex(await inclusionProof(0, 1, read)), []);
  t.strictSame(hex(await inclusionProof(0, 8, read)), ['96a296d2', '5f083f0a', '6b47aaf2']);
  t.strictSame(hex(await inclusionProof(5, 8, read)), ['bc1a0643', 'ca854ea1', 'd37ee418']);
  t.strictSame(hex(await inclusionProof(2, 3, read)), ['fac54203']);
  t.strictSame(hex(await inclusionProof(1, 5, read)), ['6e340b9c', '5f083f0a', 'bc1a0643']);
  t.strictSame(hex(await consistencyProof(1, 1, read)), []);
  t.strictSame(hex(await consistencyProof(1, 8, read)), ['96a296d2', '5f083f0a', '6b47aaf2']);
  t.strictSame(hex(await consistencyProof(6, 8, read)), ['0ebc5d34', 'ca854ea1', 'd37ee418']);
  t.strictSame(hex(await consistencyProof(2, 5, read)), ['5f083f0a', 'bc1a0643']);
});

const leaves = Array.from({ length: 300 }, (_, n) => leafHash(`leaf ${n}`));
const tree = memoryTree(leaves);
const roots = await Promise.all(leaves.map((_, n) => rootOf(n + 1, tree.read)));
const rootAt = (size: number) => (size === 0 ? emptyRoot : (roots[size - 1] as Buffer));

/** Section 2.1.1 as it is written there. */
function definedRoot(some: readonly Buffer[]): Buffer {
  if (some.length === 0) return emptyRoot;
  if (some.length === 1) return some[0] as Buffer;
  let k = 1;
  while (k * 2 < some.length) k *= 2;
  return nodeHash(definedRoot(some.slice(0, k)), definedRoot(some.slice(k)));
}

t.test('of every size up to 300 the root is the one that the RFC defines', async (t) => {
  for (let size = 0; size <= leaves.length; size += 1) {
    const root = await rootOf(size, tree.read);
    if (!root.equals(definedRoot(leaves.slice(0, size)))) t.fail(`size ${size}`);
  }
});

t.test('every entry of every tree up to 300 is proved, with as many reads as the tree is high', async (t) => {
  for (let size = 1; size <= leaves.length; size += 1) {
    for (let sequence = 0; sequence < size; sequence += 1 + (size >> 4)) {
      tree.reads = 0;
      const path = await inclusionProof(sequence, size, tree.read);
      const leaf = leaves[sequence] as Buffer;
      if (!provesInclusion({ leaf, sequence, size, path, root: rootAt(size) }))
        t.fail(`${sequence} of ${size}`);
      if (tree.reads > 2 * Math.ceil(Math.log2(size + 1))) t.fail(`${tree.reads} reads for ${size}`);
    }
  }
});

t.test('every two sizes up to 300 are proved to be one trail', async (t) => {
  for (let second = 1; second <= leaves.length; second += 1) {
    for (let first = 1; first <= second; first += 1 + (second >> 4)) {
      const path = await consistencyProof(first, second, tree.read);
      const claim = { first, second, path, firstRoot: rootAt(first), secondRoot: rootAt(second) };
      if (!provesConsistency(claim)) t.fail(`${first} to ${second}`);
    }
  }
});

const aProof = fc
  .tuple(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 }))
  .map(([size, at, step, bit]) => ({ size, sequence: at % size, step, bit }));

t.test('a proof with any flipped bit, of another entry or another size proves nothing', async () => {
  await fc.assert(
    fc.asyncProperty(aProof, async ({ size, sequence, step, bit }) => {
      const path = await inclusionProof(sequence, size, tree.read);
      const proof = { leaf: leaves[sequence] as Buffer, sequence, size, path, root: rootAt(size) };
      const other = (sequence + 1) % size;
      return (
        !provesInclusion({ ...proof, path: damaged(path, step, bit) }) &&
        !provesInclusion({ ...proof, path: path.slice(1) }) &&
        !provesInclusion({ ...proof, leaf: leaves[other] as Buffer }) &&
        !provesInclusion({ ...proof, sequence: other }) &&
        !provesInclusion({ ...proof, root: rootAt(size - 1) })
      );
    }),
  );
});

t.test('nor does a proof of consistency with a flipped bit or with another tree', async () => {
  await fc.assert(
    fc.asyncProperty(aProof, async ({ size, sequence, step, bit }) => {
      const first = Math.max(1, sequence);
      const path = await consistencyProof(first, size, tree.read);
      const proof = { first, second: size, path, firstRoot: rootAt(first), secondRoot: rootAt(size) };
      return (
        !provesConsistency({ ...proof, path: damaged(path, step, bit) }) &&
        !provesConsistency({ ...proof, firstRoot: rootAt(first - 1) }) &&
        !provesConsistency({ ...proof, secondRoot: rootAt(size - 1) })
      );
    }),
  );
});

t.test('what no tree has is refused', async (t) => {
  await t.rejects(async () => inclusionProof(3, 3, tree.read), RangeError);
  await t.rejects(async () => consistencyProof(0, 3, tree.read), RangeError);
  await t.rejects(async () => consistencyProof(4, 3, tree.read), RangeError);
  t.throws(() => appendLeaf(3, [], leafHash('').toString('hex')), RangeError);
});

function damaged(path: readonly Buffer[], step: number, bit: number): Buffer[] {
  const copies = path.map((hash) => Buffer.from(hash));
  const hash = copies[step % copies.length];
  if (hash !== undefined) hash[bit >> 3] = (hash[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copies;
}
