/** Links of exports that are ready and that nobody was told yet, by the hash of the link. */
export interface UntoldLinks {
  /** Until it is taken, or `expiresAt` (epoch milliseconds) is past. */
  keep(hash: string, token: string, expiresAt: number): Promise<void>;
  has(hash: string): Promise<boolean>;
  /** The token, to one alone of all who ask; undefined from then on. */
  take(hash: string): Promise<string | undefined>;
}

/** Of a process that is its installation's only one: what is not told before it ends is lost, and made anew. */
export function linksInMemory(): UntoldLinks {
  const tokens = new Map<string, string>();
  return {
    keep: async (hash, token) => void tokens.set(hash, token),
    has: async (hash) => tokens.has(hash),
    async take(hash) {
      const token = tokens.get(hash);
      tokens.delete(hash);
      return token;
    },
  };
}
