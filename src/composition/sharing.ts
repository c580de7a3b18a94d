import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Configuration } from '../config.js';
import { openEmbeddedSharedState } from '../integrations/embedded/embeddedSharedState.js';
import { type Claims, soleClaims } from '../processors/claims.js';
import { LeasedClaims } from '../processors/leasedClaims.js';
import {
  limitsThatFallBack,
  type TakeTokens,
  type TakeTurn,
  turnsThatFallBack,
} from '../sharedState/fallBack.js';
import type { SharedState } from '../sharedState/sharedState.js';

/** How this instance gets along with the others of its installation. */
export interface Sharing {
  readonly sharedState: SharedState;
  readonly claims: Claims;
  /** Shared limits; this process's own while the shared ones cannot be asked. */
  readonly takeTokens: TakeTokens;
  /** Among the instances; for everybody at once while they cannot be asked. */
  readonly takeTurn: TakeTurn;
  /** Where the shared state stands, for people. */
  readonly engine: 'in process' | 'Redis';
  close(): Promise<void>;
}

export async function openSharing(
  { redisUrl, eventStoreUrl, mongoUrl }: Pick<Configuration, 'redisUrl' | 'eventStoreUrl' | 'mongoUrl'>,
  log: Logger,
): Promise<Sharing> {
  const local = openEmbeddedSharedState();
  if (redisUrl === undefined) {
    return {
      sharedState: local,
      claims: soleClaims,
      takeTokens: local.takeTokens,
      // Of one instance alone.
      takeTurn: async () => () => undefined,
      engine: 'in process',
      close: () => local.close(),
    };
  }
  const { openRedisSharedState } = await import('../integrations/redis/redisSharedState.js');
  const sharedState = openRedisSharedState({ url: redisUrl, prefix: prefixOf(redisUrl) });
  // A store in a folder has one process, which depends on nothing else.
  const leased =
    eventStoreUrl === undefined || mongoUrl === undefined
      ? undefined
      : new LeasedClaims({ sharedState, instanceId: randomUUID(), logger: log });
  return {
    sharedState,
    claims: leased ?? soleClaims,
    takeTokens: limitsThatFallBack(sharedState, local, () => performance.now()),
    takeTurn: turnsThatFallBack(sharedState),
    engine: 'Redis',
    async close() {
      await leased?.stop();
      await sharedState.close();
      await local.close();
    },
  };
}

/** Topics know nothing of database numbers, by which installations on one server are told apart. */
function prefixOf(redisUrl: string): string {
  return `waymark${Number(new URL(redisUrl).pathname.slice(1)) || 0}`;
}

/**
 * Does what `start` begins while this instance holds the claim on it: for rounds that one instance is enough for. What it
 * does must bear being done twice, since another instance can begin before this one knows that it lost the claim.
 * @param start returns what ends it
 * @returns what ends all of it
 */
export function whileClaimed(
  claims: Claims,
  unit: string,
  start: () => () => Promise<void>,
): () => Promise<void> {
  const claim = claims.claim(`round ${unit}`);
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const held = await claim.hold(stopping.signal).catch(() => undefined);
      if (held === undefined) return;
      const end = start();
      await aborted(AbortSignal.any([held, stopping.signal]));
      await end();
      await claim.release();
    }
  })();
  return () => {
    stopping.abort();
    return running;
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
