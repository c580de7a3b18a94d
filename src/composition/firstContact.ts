import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

/** How long the start waits for a server that cannot be reached; milliseconds. */
const patience = 60_000;
const pause = 1000;

/**
 * Servers that are started together come up in any order: asks again for a minute, saying so each time.
 * @throws what `ask` throws, at once where it is none of `awaited`
 */
export async function firstContact(
  server: string,
  ask: () => Promise<unknown>,
  awaited: abstract new (...about: never[]) => Error,
  log: Logger,
): Promise<void> {
  for (const until = Date.now() + patience; ; ) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!(error instanceof awaited) || Date.now() > until) throw error;
      log.warn({ reason: error.message }, `${server} cannot be reached yet; the start waits for it`);
      await delay(pause);
    }
  }
}
