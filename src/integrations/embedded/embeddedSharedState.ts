import { EventEmitter } from 'node:events';
import { LRUCache } from 'lru-cache';
import type { Lease, SharedState } from '../../sharedState/sharedState.js';
import { type BucketLevel, takeFromBucket } from '../../sharedState/tokenBucket.js';

/** Buckets in memory; one that is dropped is full when it is named again. */
const mostBuckets = 10_000;

interface HeldLease {
  readonly token: number;
  readonly until: number;
}

/** Shared within this process alone. */
export function openEmbeddedSharedState(now: () => number = () => performance.now()): SharedState {
  const buckets = new LRUCache<string, BucketLevel>({ max: mostBuckets });
  const leases = new Map<string, HeldLease>();
  const topics = new EventEmitter().setMaxListeners(0);
  let lastToken = 0;

  const holderOf = (name: string) => leases.get(name);

  return {
    async takeTokens(bucket, limit, tokens = 1) {
      const { level, taken } = takeFromBucket(buckets.get(bucket), limit, tokens, now());
      buckets.set(bucket, level);
      return taken;
    },
    async acquireLease(name, duration) {
      const held = holderOf(name);
      if (held !== undefined && held.until > now()) return undefined;
      lastToken += 1;
      leases.set(name, { token: lastToken, until: now() + duration });
      return { name, token: lastToken };
    },
    async renewLease({ name, token }: Lease, duration) {
      if (holderOf(name)?.token !== token) return false;
      leases.set(name, { token, until: now() + duration });
      return true;
    },
    async releaseLease({ name, token }: Lease) {
      if (holderOf(name)?.token === token) leases.set(name, { token, until: Number.NEGATIVE_INFINITY });
    },
    async publish(topic, message) {
      topics.emit(topic, message);
    },
    subscribe(topic, onMessage) {
      // Told later, as over a network: whoever publishes is not run over by those who listen.
      const listener = (message: string) => setImmediate(onMessage, message);
      topics.on(topic, listener);
      return () => topics.off(topic, listener);
    },
    check: async () => undefined,
    async close() {
      topics.removeAllListeners();
    },
  };
}
