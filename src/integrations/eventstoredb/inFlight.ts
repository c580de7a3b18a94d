import { EventStoreUnavailable } from '../../eventStore/eventStore.js';

export interface InFlightLimits {
  /** Appends on their way at once. More than about a hundred on a fresh connection can hang it. */
  readonly appends: number;
  /** Bytes on their way at once: what is written ahead of the network stays in memory. */
  readonly bytes: number;
  /** Bytes that wait and are on their way, above which nothing more is taken. */
  readonly pendingBytes: number;
}

interface Place {
  readonly bytes: number;
  readonly enter: () => void;
}

/** Lets so many appends through at once, the others in the order of their coming. */
export class InFlight {
  #appends = 0;
  #bytes = 0;
  #waitingBytes = 0;
  #queue: Place[] = [];

  constructor(private readonly limits: InFlightLimits) {}

  get appends(): number {
    return this.#appends;
  }

  get pendingBytes(): number {
    return this.#bytes + this.#waitingBytes;
  }

  /**
   * Resolves with what leaves again. Who waits longer than `patience` (milliseconds) is turned away.
   * @throws EventStoreUnavailable
   */
  enter(bytes: number, patience: number): Promise<() => void> {
    if (this.pendingBytes + bytes > this.limits.pendingBytes) {
      return Promise.reject(new EventStoreUnavailable('too much is waiting to be written'));
    }
    if (this.#queue.length === 0 && this.#hasRoom(bytes)) return Promise.resolve(this.#start(bytes));
    this.#waitingBytes += bytes;
    return new Promise((resolve, reject) => {
      const place = {
        bytes,
        enter: () => {
          clearTimeout(timer);
          this.#waitingBytes -= bytes;
          resolve(this.#start(bytes));
        },
      };
      const timer = setTimeout(() => {
        this.#queue = this.#queue.filter((each) => each !== place);
        this.#waitingBytes -= bytes;
        reject(new EventStoreUnavailable('the event store is too slow'));
      }, patience);
      this.#queue.push(place);
    });
  }

  #start(bytes: number): () => void {
    this.#appends += 1;
    this.#bytes += bytes;
    return () => {
      this.#appends -= 1;
      this.#bytes -= bytes;
      for (let [next] = this.#queue; next !== undefined && this.#hasRoom(next.bytes); [next] = this.#queue) {
        this.#queue.shift();
        next.enter();
      }
    };
  }

  #hasRoom(bytes: number): boolean {
    const { limits } = this;
    if (this.#appends === 0) return true;
    return this.#appends < limits.appends && this.#bytes + bytes <= limits.bytes;
  }
}
