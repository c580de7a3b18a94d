/** One write at a time in each queue, in the order of the calls; a write may stand in several. */
export class WriteQueues {
  readonly #ends = new Map<string, Promise<void>>();

  /** Settles as the write does, which begins when all before it in these queues are over, whatever became of them. */
  async run(queues: readonly string[], write: () => Promise<void>): Promise<void> {
    const before = queues.map((name) => this.#ends.get(name));
    const writing = Promise.all(before).then(write);
    const settled = writing.catch(() => undefined);
    for (const name of queues) this.#ends.set(name, settled);
    try {
      await writing;
    } finally {
      for (const name of queues) if (this.#ends.get(name) === settled) this.#ends.delete(name);
    }
  }

  /** Resolves when every write that was begun is over. */
  async allOver(): Promise<void> {
    await Promise.all(this.#ends.values());
  }
}
