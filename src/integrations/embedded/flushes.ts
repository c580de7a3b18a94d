import type { RootDatabase } from 'lmdb';

/**
 * Watches an lmdb environment that flushes to disk behind its commits. The function that comes back resolves when none of lmdb's
 * threads has anything left to do in it. lmdb itself waits, in `flushed` and in `close`, for the last transaction alone: the thread
 * of an earlier one can be later, and what it then looks at was freed.
 */
export function watchFlushes(
  environment: Pick<RootDatabase, 'on' | 'flushed' | 'committed'>,
): () => Promise<void> {
  const underWay = new Set<Promise<void>>();
  environment.on('beforecommit', () => {
    const over = new Promise<void>((resolve) => {
      const settle = () => resolve();
      environment.flushed.then(settle, settle);
      // What fails is never flushed.
      environment.committed.then(() => undefined, settle);
    }).then(() => {
      underWay.delete(over);
    });
    underWay.add(over);
  });
  return async () => {
    await Promise.all(underWay);
  };
}
