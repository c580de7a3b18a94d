import { setTimeout } from 'node:timers/promises';

/** Milliseconds before the first repetition at most; doubled with each, up to 64 times. */
const first = 4;

/** Before what was overtaken by another writer is decided again: what the other wrote may not be readable at once. */
export function conflictPause(attempt: number): Promise<void> {
  return setTimeout(Math.random() * first * 2 ** Math.min(attempt, 6));
}
