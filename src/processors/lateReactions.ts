import { performance } from 'node:perf_hooks';

/** Milliseconds between two looks. */
const interval = 100;
/** Milliseconds that an event may wait. */
const longestWait = 250;
/** Share of the time in which this thread was at work, above which it has more to do than it can. */
const busy = 0.9;

/**
 * Tells, from one look to the next, whether reactions begin late because this thread has too much to do. Where it is idle
 * now and then they wait for something else, such as a model or a read model.
 * @param takeLongestWait milliseconds from when an event was received to when the reaction to it began, the most since it
 * was asked last
 * @returns what ends it
 */
export function watchLateReactions(
  takeLongestWait: () => number,
  onChange: (areLate: boolean) => void,
): () => void {
  let before = performance.eventLoopUtilization();
  let areLate = false;
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    const areLateNow = takeLongestWait() > longestWait && utilization > busy;
    if (areLateNow === areLate) return;
    areLate = areLateNow;
    onChange(areLate);
  }, interval);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (areLate) onChange(false);
  };
}
