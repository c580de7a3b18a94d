import { comparePositions, type Position } from '../domain/metadata.js';
import type { ReadModels } from '../processors/projectionHost.js';

/** Milliseconds: a few commits of a busy read model. */
const patience = 2000;

/**
 * The read model of profiles as those see it who decide: it is waited for, but where it stands still only once, since
 * whoever waits keeps others from their turn.
 */
export function laggingProfiles(readModels: () => Pick<ReadModels, 'position' | 'waitFor'>) {
  const place = () => readModels().position('profiles');
  /** Where it stood at the beginning and the end of a wait that was in vain; null where there was none. */
  let stoodStillAt: Position | undefined | null = null;
  return {
    hasSeen(position: Position): boolean {
      const at = place();
      return at !== undefined && comparePositions(position, at) <= 0;
    },
    /** False where it was not seen in time. */
    async waitFor(position: Position): Promise<boolean> {
      const before = place();
      const timeout = isSame(before, stoodStillAt) ? 0 : patience;
      const seen = await readModels().waitFor('profiles', position, timeout);
      if (!seen && isSame(place(), before)) stoodStillAt = before;
      return seen;
    },
  };
}

function isSame(a: Position | undefined, b: Position | undefined | null): boolean {
  return a === undefined || b === undefined || b === null ? a === b : comparePositions(a, b) === 0;
}
