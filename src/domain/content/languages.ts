/** What is spoken where nothing that was asked for is. */
export const lastLanguage = 'en';

/** More than this nobody reads; what comes later may come from a client. */
const mostTags = 20;
const longestTag = 35;

/**
 * Language tags in the order in which texts are looked for, in lower case: each wish with what it can be shortened to (RFC
 * 4647, lookup), then English. `de-CH-1996, fr` becomes `de-ch-1996, de-ch, de, fr, en`.
 * @param wishes BCP 47, the first choice first; what is no tag is passed over
 */
export function fallbackChain(wishes: readonly string[]): readonly string[] {
  const chain = new Set<string>();
  for (const wish of [...wishes.slice(0, mostTags), lastLanguage]) {
    let tag = wish.replaceAll('_', '-').toLowerCase();
    if (tag.length > longestTag || !/^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/.test(tag)) continue;
    while (tag !== '') {
      chain.add(tag);
      // A subtag of one character introduces what follows it, and goes with it.
      tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-'))).replace(/-[a-z0-9]$/, '');
    }
  }
  return [...chain];
}
