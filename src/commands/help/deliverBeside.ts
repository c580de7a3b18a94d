import type { InterventionAddress } from '../interventionStream.js';
import type { DeliverIntervention } from './deliverIntervention.js';

/** Messages on their way to providers at the same time. */
const atOnce = 64;

/** Deliveries that nobody waits for. */
export interface DeliveriesBeside {
  /** Where there is no room nothing is begun: the message is found again when it is due. */
  deliver(address: InterventionAddress): void;
  underWay(): number;
  /** Begins no more, and resolves when those under way have ended. */
  close(): Promise<void>;
}

/** @param onError told of a delivery that could not go on; it is found again when it is due */
export function createDeliveriesBeside(
  deliver: DeliverIntervention,
  onError: (error: unknown) => void,
): DeliveriesBeside {
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  return {
    deliver(address) {
      if (stopping.signal.aborted || running.size >= atOnce) return;
      const run: Promise<void> = deliver(address, { stopping: stopping.signal })
        .catch(onError)
        .finally(() => running.delete(run));
      running.add(run);
    },
    underWay: () => running.size,
    async close() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
