import { comparePositions, type Position } from '../domain/metadata.js';
import type { ReadModels } from '../processors/projectionHost.js';

/** Milliseconds after an event: a few commits of a busy read model, and help is still in time. */
const patience = 3000;

/**
 * The read model of profiles as those see it who decide: it is waited for until `patience` after an event. It is not where that would
 * be in vain, because it stands still or gives way: whoever waits keeps others from their turn.
 * @param now epoch milliseconds
 */
export function laggingProfiles(
  readModels: () => Pick<ReadModels, 'position' | 'waitFor'> & { readonly giveWay: boolean },
  now: () => number,
) {
  const place = () => readModels().position('profiles');
  /** Where it stood when somebody began to wait in vain, and when that was. */
  let inVain: { readonly place: Position | undefined; readonly since: number } | undefined;

  function standsStill(): boolean {
    return inVain !== undefined && isSame(place(), inVain.place) && now() >= inVain.since + patience;
  }

  return {
    hasSeen(position: Position): boolean {
      const at = place();
      return at !== undefined && comparePositions(position, at) <= 0;
    },
    /** False where it was not seen in time. */
    async waitFor({ position, since }: { position: Position; since: number }): Promise<boolean> {
      const began = { place: place(), since: now() };
      const left = Math.max(0, Math.min(patience, since + patience - began.since));
      const timeout = readModels().giveWay || standsStill() ? 0 : left;
      const seen = await readModels().waitFor('profiles', position, timeout);
      if (!seen && (inVain === undefined || !isSame(began.place, inVain.place))) inVain = began;
      return seen;
    },
  };
}

function isSame(a: Position | undefined, b: Position | undefined): boolean {
  return a === undefined || b === undefined ? a === b : comparePositions(a, b) === 0;
}
