import type { SharedState, TokenLimit, TokensTaken } from './sharedState.js';

/** Milliseconds for which limits stay local after the shared ones could not be asked. */
const rest = 1000;

/** What ends the turn, before it ends by itself; undefined while another instance has it. */
export type TakeTurn = (name: string, duration: number) => Promise<(() => void) | undefined>;

/**
 * Turns among the instances, for what may be done twice but better is not: while the shared state cannot be asked everybody
 * has their turn.
 */
export function turnsThatFallBack(shared: SharedState): TakeTurn {
  return async (name, duration) => {
    try {
      const lease = await shared.acquireLease(name, duration);
      return lease && (() => void shared.releaseLease(lease).catch(() => undefined));
    } catch {
      return () => undefined;
    }
  };
}

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
