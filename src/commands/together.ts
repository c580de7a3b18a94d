/**
 * Gathers what comes while a round of work is under way and does it together in the next; what comes alone waits for nothing.
 * @param atOnce most of a round
 * @param work settles each on its own; where it rejects, all of the round do
 */
export function together<T, R>(
  atOnce: number,
  work: (items: readonly T[]) => Promise<readonly PromiseSettledResult<R>[]>,
): (item: T) => Promise<R> {
  interface Waiting {
    readonly item: T;
    readonly resolve: (result: R) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let busy = false;

  async function run(): Promise<void> {
    busy = true;
    while (waiting.length > 0) {
      const round = waiting.slice(0, atOnce);
      waiting = waiting.slice(atOnce);
      try {
        const results = await work(round.map(({ item }) => item));
        for (const [at, { resolve, reject }] of round.entries()) {
          const result = results[at];
          if (result?.status === 'fulfilled') resolve(result.value);
          else reject(result?.reason);
        }
      } catch (error) {
        for (const { reject } of round) reject(error);
      }
    }
    busy = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!busy) void run();
    });
}
