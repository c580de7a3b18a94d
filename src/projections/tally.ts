/**
 * Counts by name, in the order names first came. A list and not an object: names come from clients, and `__proto__`
 * or `17` must neither change an object's nature nor its order.
 */
export type Tally = Count[];

export interface Count {
  readonly name: string;
  count: number;
}

/** Where all `limit` places are taken, a further name is counted as `other`, which may take one place more. */
export function addToTally(tally: Tally, name: string, count: number, limit: number): void {
  let entry = find(tally, name);
  if (entry === undefined && tally.length >= limit) entry = find(tally, otherName);
  if (entry !== undefined) entry.count += count;
  else tally.push({ name: tally.length < limit ? name : otherName, count });
}

export const otherName = 'other';

/**
 * Where all `limit` places are taken, the name with the lowest count (of several, the last by name) makes room, and
 * its count is forgotten.
 */
export function addToTopTally(tally: Tally, name: string, count: number, limit: number): void {
  const entry = find(tally, name);
  if (entry !== undefined) entry.count += count;
  else {
    if (tally.length >= limit) tally.splice(indexOfLowest(tally), 1);
    tally.push({ name, count });
  }
}

/** The names by count, highest first, then by name. */
export function topOfTally(tally: Tally, limit: number): string[] {
  return [...tally]
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map((entry) => entry.name);
}

function find(tally: Tally, name: string): Count | undefined {
  for (const entry of tally) if (entry.name === name) return entry;
  return undefined;
}

function indexOfLowest(tally: Tally): number {
  let lowest = 0;
  for (let i = 1; i < tally.length; i++) {
    const a = tally[i] as Count;
    const b = tally[lowest] as Count;
    if (a.count < b.count || (a.count === b.count && a.name > b.name)) lowest = i;
  }
  return lowest;
}
