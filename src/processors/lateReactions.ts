import { performance } from 'node:perf_hooks';

/** Milliseconds between two looks. */
const interval = 100;
/** Milliseconds from an event to the beginning of the reaction to it that are too many. */
const late = 250;
/** Share of the time in which this thread was at work, above which it has more to do than it can. */
const busy = 0.9;

/**
 * Tells, from one look to the next, whether reactions begin late because this thread has too much to do. Where it is idle
 * now and then they wait for something else, such as a model or a read model.
 * @param takeLateness milliseconds by which reactions began late since it was asked last, at most
 * @returns what ends it
 */
export function watchLateReactions(
  takeLateness: () => number,
  onChange: (areLate: boolean) => void,
): () => void {
  let before = performance.eventLoopUtilization();
  let areLate = false;
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    const areLateNow = takeLateness() > late && utilization > busy;
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
