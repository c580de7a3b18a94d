import { hash64 } from '../hash64.js';

/** Words of a generation that is begun: room for 8 ids. */
const smallest = 32;
const none = new Uint32Array(0);

/**
 * Which messages a journey has taken in: at least the latest `most`, at most twice as many. Of each id a hash of 64 bits is
 * kept, in about 16 bytes where a string takes 100: of 10^12 new messages that meet 20,000 known ones fewer than one in
 * a thousand such series loses a message to a chance likeness (20,000 / 2^64 for each).
 *
 * Two tables with open addressing. When the younger is full it becomes the older one, whose ids are forgotten.
 */
export class MessageIds {
  #young = new Uint32Array(smallest);
  #youngSize = 0;
  #old = none;
  #oldSize = 0;

  constructor(readonly most: number) {}

  /** How many are remembered. */
  get size(): number {
    return this.#youngSize + this.#oldSize;
  }

  has(id: string): boolean {
    hash(id);
    return find(this.#young, high, low) < 0 || (this.#oldSize > 0 && find(this.#old, high, low) < 0);
  }

  add(id: string): void {
    hash(id);
    this.#addHash(high, low);
  }

  clear(): void {
    this.#young = new Uint32Array(smallest);
    this.#old = none;
    this.#youngSize = 0;
    this.#oldSize = 0;
  }

  /** Two words an id, the older generation first; in no order within it. */
  toWords(): { readonly old: Uint32Array; readonly young: Uint32Array } {
    return { old: filled(this.#old, this.#oldSize), young: filled(this.#young, this.#youngSize) };
  }

  static fromWords(most: number, { old, young }: ReturnType<MessageIds['toWords']>): MessageIds {
    const ids = new MessageIds(most);
    for (const words of [old, young]) {
      if (words === young && old.length > 0) ids.#beginGeneration();
      for (let at = 0; at < words.length; at += 2) ids.#addHash(words[at] ?? 0, words[at + 1] ?? 0);
    }
    return ids;
  }

  #addHash(first: number, second: number): void {
    let slot = find(this.#young, first, second);
    if (slot < 0) return;
    if (this.#youngSize === this.most) {
      this.#beginGeneration();
      slot = find(this.#young, first, second);
    } else if (4 * (this.#youngSize + 1) > this.#young.length + (this.#young.length >> 1)) {
      // Three quarters full.
      const grown = new Uint32Array(2 * this.#young.length);
      for (let at = 0; at < this.#young.length; at += 2) {
        const [high, low] = [this.#young[at] ?? 0, this.#young[at + 1] ?? 0];
        if ((high | low) !== 0) put(grown, find(grown, high, low), high, low);
      }
      this.#young = grown;
      slot = find(grown, first, second);
    }
    put(this.#young, slot, first, second);
    this.#youngSize += 1;
  }

  #beginGeneration(): void {
    this.#old = this.#young;
    this.#oldSize = this.#youngSize;
    this.#young = new Uint32Array(smallest);
    this.#youngSize = 0;
  }
}

/** The free place for a hash; negative where it stands there already. No hash is 0. */
function find(table: Uint32Array, first: number, second: number): number {
  const mask = table.length - 2;
  for (let at = (second << 1) & mask; ; at = (at + 2) & mask) {
    const [high, low] = [table[at], table[at + 1]];
    if (high === first && low === second) return -1;
    if (high === 0 && low === 0) return at;
  }
}

function put(table: Uint32Array, at: number, first: number, second: number): void {
  table[at] = first;
  table[at + 1] = second;
}

function filled(table: Uint32Array, size: number): Uint32Array {
  const words = new Uint32Array(2 * size);
  let to = 0;
  for (let at = 0; at < table.length; at += 2) {
    const [first, second] = [table[at] ?? 0, table[at + 1] ?? 0];
    if ((first | second) === 0) continue;
    put(words, to, first, second);
    to += 2;
  }
  return words;
}

/** What `hash` found last: a pair would be an object for each message. */
const found = new Uint32Array(2);
let high = 0;
let low = 0;

function hash(id: string): void {
  hash64(id, found);
  high = found[0] ?? 0;
  low = found[1] ?? 0;
  if ((high | low) === 0) low = 1;
}
