import type { SharedState, TokenLimit, TokensTaken } from './sharedState.js';

/** Milliseconds for which limits stay local after the shared ones could not be asked. */
const rest = 1000;

export type TakeTokens = (bucket: string, limit: TokenLimit) => Promise<TokensTaken>;

/**
 * Shared limits, and this process's own while the shared ones cannot be asked: then each instance allows as much as all
 * together should, and nobody is refused or delayed because of Redis.
 */
export function limitsThatFallBack(shared: SharedState, local: SharedState, now: () => number): TakeTokens {
  let localUntil = Number.NEGATIVE_INFINITY;
  return async (bucket, limit) => {
    if (now() >= localUntil) {
      try {
        return await shared.takeTokens(bucket, limit);
      } catch {
        localUntil = now() + rest;
      }
    }
    return local.takeTokens(bucket, limit);
  };
}
