import { setTimeout as pause } from 'node:timers/promises';

/** What ends the turn; undefined while another instance has it. Never rejects: who cannot ask the others has the turn. */
export type TakeTurn = () => Promise<(() => void) | undefined>;

/** Milliseconds between two looks at what another instance has made. */
const lookAgain = 100;

/**
 * Has one of the instances that are asked for the same at the same time make it, while the others wait for what it leaves behind.
 * @param found what is there already
 * @param isLate whether nobody can wait any longer
 * @returns undefined where it is late, and nothing is there
 */
export async function inTurn<T>(
  takeTurn: TakeTurn,
  found: () => Promise<T | undefined>,
  make: () => Promise<T>,
  isLate: () => boolean,
): Promise<T | undefined> {
  for (;;) {
    const end = await takeTurn();
    try {
      const there = await found();
      if (there !== undefined) return there;
      if (end !== undefined) return await make();
    } finally {
      end?.();
    }
    if (isLate()) return undefined;
    await pause(lookAgain);
  }
}
