import { setTimeout } from 'node:timers/promises';

/**
 * Polls; fails after ten seconds, or `patience` milliseconds.
 * @param what or what tells it at the end, for what else the last look has shown
 * @param pause milliseconds between two looks: many where a look costs the server something, as does one that it records
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
  patience = 10_000,
  pause = 2,
): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > deadline)
      throw new Error(`waited in vain until ${typeof what === 'string' ? what : what()}`);
    await setTimeout(pause);
  }
}
