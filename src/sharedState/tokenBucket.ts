import type { TokenLimit, TokensTaken } from './sharedState.js';

export interface BucketLevel {
  readonly tokens: number;
  /** Milliseconds on any clock that does not go back. */
  readonly at: number;
}

/** The level after taking `tokens` at `now`, or the reason to wait. */
export function takeFromBucket(
  level: BucketLevel | undefined,
  { perSecond, burst }: TokenLimit,
  tokens: number,
  now: number,
): { readonly level: BucketLevel; readonly taken: TokensTaken } {
  const passed = level === undefined ? 0 : Math.max(0, now - level.at);
  const there = Math.min(burst, (level?.tokens ?? burst) + (passed * perSecond) / 1000);
  if (there >= tokens) {
    return { level: { tokens: there - tokens, at: now }, taken: { allowed: true, retryAfter: 0 } };
  }
  const retryAfter = Math.ceil(((tokens - there) * 1000) / perSecond);
  return { level: { tokens: there, at: now }, taken: { allowed: false, retryAfter } };
}
