/** Of how many a rank counts half of the first: 60, as Cormack, Clarke and Büttcher (SIGIR 2009) found best. */
const damping = 60;

/**
 * Reciprocal rank fusion: what stands high in several lists comes first, whatever scores made those lists.
 * @returns ids with the sum of 1 / (60 + rank), ranks from 1; ties in the order in which they are first met
 */
export function fuseRanks(
  lists: readonly (readonly string[])[],
): readonly (readonly [id: string, score: number])[] {
  const scores = new Map<string, number>();
  for (const list of lists) {
    for (const [index, id] of list.entries()) {
      scores.set(id, (scores.get(id) ?? 0) + 1 / (damping + index + 1));
    }
  }
  return [...scores].sort(([, a], [, b]) => b - a);
}

/** −1 to 1; 0 for vectors of different lengths or without direction. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return 0;
  let product = 0;
  let squaresOfA = 0;
  let squaresOfB = 0;
  for (const [index, x] of a.entries()) {
    const y = b[index] ?? 0;
    product += x * y;
    squaresOfA += x * x;
    squaresOfB += y * y;
  }
  const lengths = Math.sqrt(squaresOfA * squaresOfB);
  return lengths > 0 ? product / lengths : 0;
}
