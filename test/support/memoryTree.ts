import { appendLeaf, type ReadNodes } from '../../src/audit/merkleTree.js';

/** A Merkle tree made leaf by leaf, as the audit trail's is; counts the nodes that are read. */
export function memoryTree(leaves: readonly Buffer[]): { readonly read: ReadNodes; reads: number } {
  const entries: (readonly string[])[] = [];
  let frontier: readonly string[] = [];
  for (const [size, leaf] of leaves.entries()) {
    const added = appendLeaf(size, frontier, leaf.toString('hex'));
    frontier = added.frontier;
    entries.push(added.completed);
  }
  const tree = {
    reads: 0,
    read: async (nodes: Parameters<ReadNodes>[0]) =>
      nodes.map(({ level, index }) => {
        tree.reads += 1;
        const hash = entries[(index + 1) * 2 ** level - 1]?.[level];
        if (hash === undefined) throw new Error(`there is no node ${level}, ${index}`);
        return Buffer.from(hash, 'hex');
      }),
  };
  return tree;
}
