import { setTimeout } from 'node:timers/promises';

/** Polls; fails after ten seconds, or `patience` milliseconds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  patience = 10_000,
): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await setTimeout(2);
  }
}
