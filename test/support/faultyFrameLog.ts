import type { FrameLog } from '../../src/eventStore/embedded/frameLog.js';

/** A frame log whose commits can be held back, or made to fail as a disk does. All else is the real log. */
export function faultyFrameLog(log: FrameLog) {
  let failure: Error | undefined;
  let held: Promise<void> | undefined;
  let frames = 0;
  const faulty: FrameLog = {
    ...log,
    async commit(firstSequence, frame) {
      frames += 1;
      await held;
      if (failure !== undefined) throw failure;
      await log.commit(firstSequence, frame);
    },
  };
  return {
    log: faulty,
    /** Commits tried so far. */
    commits: () => frames,
    failWith(error: Error | undefined) {
      failure = error;
    },
    /** Holds all commits back until the function it returns is called. */
    hold(): () => void {
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
  };
}
