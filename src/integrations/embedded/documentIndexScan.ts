import type { KeyRange } from '../../documentStore/documentIndexPlan.js';

/** Reads at most `limit` keys of a range in order; in reverse from its high end. */
export type ReadKeys = (range: KeyRange, reverse: boolean, limit: number) => readonly Buffer[];

const keysAtATime = 64;

/** Keys of several ranges, merged by what follows each range's prefix. */
export class IndexScan {
  readonly #streams: KeyStream[];

  constructor(
    ranges: readonly KeyRange[],
    readonly reverse: boolean,
    read: ReadKeys,
  ) {
    this.#streams = ranges.map((range) => new KeyStream(range, reverse, read));
  }

  next(): Buffer | undefined {
    let first: KeyStream | undefined;
    for (const stream of this.#streams) {
      if (stream.tail === undefined) continue;
      if (first?.tail === undefined) first = stream;
      else if (stream.tail.compare(first.tail) < 0 !== this.reverse) first = stream;
    }
    return first?.take();
  }

  /** What was read ahead may be out of date after other work had its turn. */
  forget(): void {
    for (const stream of this.#streams) stream.forget();
  }
}

class KeyStream {
  #range: KeyRange;
  #keys: readonly Buffer[] | undefined;
  #at = 0;

  constructor(
    range: KeyRange,
    readonly reverse: boolean,
    readonly read: ReadKeys,
  ) {
    this.#range = range;
  }

  get tail(): Buffer | undefined {
    return this.#peek()?.subarray(this.#range.prefix);
  }

  take(): Buffer | undefined {
    const key = this.#peek();
    if (key === undefined) return undefined;
    this.#at++;
    const { low, high, prefix } = this.#range;
    this.#range = this.reverse
      ? { low, high: key, prefix }
      : { low: Buffer.concat([key, Buffer.of(0)]), high, prefix };
    return key;
  }

  forget(): void {
    this.#keys = undefined;
  }

  #peek(): Buffer | undefined {
    if (this.#keys === undefined || (this.#at === this.#keys.length && this.#at === keysAtATime)) {
      const { low, high } = this.#range;
      this.#keys = low.compare(high) < 0 ? this.read(this.#range, this.reverse, keysAtATime) : [];
      this.#at = 0;
    }
    return this.#keys[this.#at];
  }
}
