import type { IndexPlan, KeyRange } from '../../documentStore/documentIndexPlan.js';
import { type StoredDocument, toText } from './storedDocument.js';

/** From `low`, inclusive, to `high`, exclusive, of which the first `prefix` characters are the same in all. */
interface TextRange {
  readonly low: string;
  readonly high: string;
  readonly prefix: number;
}

/** Documents whose `field` lies in the range, in its order. */
export type ReadRange = (
  range: { readonly low: string; readonly high: string },
  limit: number,
) => Promise<readonly StoredDocument[]>;

/** The documents of a plan's ranges in the order of the plan, read some at a time from each. */
export class CollectionScan {
  readonly #streams: readonly RangeStream[];

  constructor(
    readonly plan: IndexPlan,
    entryOf: (document: StoredDocument) => string,
    read: ReadRange,
    batchSize: number,
  ) {
    this.#streams = textRanges(plan).map(
      (range) => new RangeStream(range, plan.reverse, entryOf, read, batchSize),
    );
  }

  async next(): Promise<StoredDocument | undefined> {
    await Promise.all(this.#streams.map((stream) => stream.fill()));
    let first: RangeStream | undefined;
    for (const stream of this.#streams) {
      if (stream.tail === undefined) continue;
      if (first?.tail === undefined || stream.tail < first.tail !== this.plan.reverse) first = stream;
    }
    return first?.take();
  }
}

/** An index has a field of its own here, so the number with which the plan's keys begin falls away. */
export function textRanges({ index, ranges }: IndexPlan): readonly TextRange[] {
  const skipped = index === undefined ? 0 : 1;
  const text = (key: Buffer) => toText(key.subarray(skipped));
  return ranges
    .filter(notEmpty)
    .map(({ low, high, prefix }) => ({ low: text(low), high: text(high), prefix: prefix - skipped }));
}

function notEmpty({ low, high }: KeyRange): boolean {
  return low.compare(high) < 0;
}

class RangeStream {
  #range: TextRange;
  #documents: readonly StoredDocument[] = [];
  #at = 0;
  #ended = false;

  constructor(
    range: TextRange,
    readonly reverse: boolean,
    readonly entryOf: (document: StoredDocument) => string,
    readonly read: ReadRange,
    readonly batchSize: number,
  ) {
    this.#range = range;
  }

  /** What orders the next document; undefined behind the last one. */
  get tail(): string | undefined {
    const document = this.#documents[this.#at];
    return document === undefined ? undefined : this.entryOf(document).slice(this.#range.prefix);
  }

  async fill(): Promise<void> {
    if (this.#at < this.#documents.length || this.#ended) return;
    this.#documents = await this.read(this.#range, this.batchSize);
    this.#at = 0;
    this.#ended = this.#documents.length < this.batchSize;
    const last = this.#documents.at(-1);
    if (last === undefined) return;
    const { low, high, prefix } = this.#range;
    const entry = this.entryOf(last);
    this.#range = this.reverse ? { low, high: entry, prefix } : { low: `${entry}\0`, high, prefix };
  }

  take(): StoredDocument | undefined {
    return this.#documents[this.#at++];
  }
}
