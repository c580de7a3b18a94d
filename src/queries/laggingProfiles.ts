import { comparePositions, type Position } from '../domain/metadata.js';
import type { ReadModels } from '../processors/projectionHost.js';

/** Milliseconds after an event: a few commits of a busy read model. */
const patience = 2000;
/** Milliseconds without a commit after which it stands still. */
const stillAfter = 1000;

/**
 * The read model of profiles as those see it who decide: it is waited for, but where it stands still only once, and where the
 * decision is late already not at all, since whoever waits keeps others from their turn.
 * @param now epoch milliseconds
 */
export function laggingProfiles(
  readModels: () => Pick<ReadModels, 'position' | 'waitFor'>,
  now: () => number,
) {
  const place = () => readModels().position('profiles');
  /** Where it stood at the beginning and the end of a wait that was in vain; null where there was none. */
  let stoodStillAt: Position | undefined | null = null;
  return {
    hasSeen(position: Position): boolean {
      const at = place();
      return at !== undefined && comparePositions(position, at) <= 0;
    },
    /** False where it was not seen in time. */
    async waitFor({ position, recordedAt }: { position: Position; recordedAt: number }): Promise<boolean> {
      const before = place();
      const left = Math.max(0, Math.min(patience, recordedAt + patience - now()));
      const timeout = isSame(before, stoodStillAt) ? 0 : left;
      const seen = await readModels().waitFor('profiles', position, timeout);
      if (!seen && timeout >= stillAfter && isSame(place(), before)) stoodStillAt = before;
      return seen;
    },
  };
}

function isSame(a: Position | undefined, b: Position | undefined | null): boolean {
  return a === undefined || b === undefined || b === null ? a === b : comparePositions(a, b) === 0;
}
