import { Uint32Column } from '../../eventStore/embedded/column.js';
import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';

/** In the two lowest bits beside the tenant's number. */
export const indexStates = { none: 0, active: 1, destroyed: 2, damaged: 3 } as const;
export type IndexState = (typeof indexStates)[keyof typeof indexStates];

const smallestTable = 1024;
const golden = 0x9e3779b1;

/** The first four bytes of a subject are read as one number, and so on: 4 times 32 bits. */
export type SubjectWords = readonly [number, number, number, number];

export function wordsOf(bytes: Buffer, start: number): SubjectWords {
  return [
    bytes.readUInt32BE(start),
    bytes.readUInt32BE(start + 4),
    bytes.readUInt32BE(start + 8),
    bytes.readUInt32BE(start + 12),
  ];
}

/**
 * Where each person's keys stand in the key file: the newest slot by tenant and subject, and from each slot the one
 * before it of the same person. 24 bytes a slot, and 5 to 11 bytes for the table of slots (open addressing).
 */
export class KeyFileIndex {
  private readonly words = [
    new Uint32Column(),
    new Uint32Column(),
    new Uint32Column(),
    new Uint32Column(),
  ] as const;
  private readonly tenantAndState = new Uint32Column();
  private readonly previousSlot = new Uint32Column();
  private table = new Uint32Array(smallestTable);
  private persons = 0;

  get subjects(): number {
    return this.persons;
  }

  get bytes(): number {
    const columns = [...this.words, this.tenantAndState, this.previousSlot];
    return this.table.byteLength + columns.reduce((sum, column) => sum + column.bytes, 0);
  }

  /** The person's newest slot; 0 where there is none. */
  find(tenant: number, words: SubjectWords): number {
    return this.table[this.placeOf(tenant, words)] ?? 0;
  }

  /** Slots of one person must be added in the order of their versions. */
  add(slot: number, tenant: number, words: SubjectWords, state: IndexState): void {
    for (const [i, column] of this.words.entries()) column.set(slot, words[i] ?? 0);
    this.tenantAndState.set(slot, tenant * 4 + state);
    const place = this.placeOf(tenant, words);
    const before = this.table[place] ?? 0;
    this.previousSlot.set(slot, before);
    this.table[place] = slot;
    if (before !== 0) return;
    this.persons += 1;
    if (this.persons * 4 > this.table.length * 3) this.grow();
  }

  state(slot: number): IndexState {
    const bits = this.tenantAndState.get(slot) & 3;
    if (bits === indexStates.active || bits === indexStates.destroyed) return bits;
    return bits === indexStates.none ? indexStates.none : indexStates.damaged;
  }

  tenant(slot: number): number {
    return this.tenantAndState.get(slot) >>> 2;
  }

  setState(slot: number, state: IndexState): void {
    this.tenantAndState.set(slot, this.tenant(slot) * 4 + state);
  }

  /** The newest slot of the same person. */
  newestOf(slot: number): number {
    return this.find(this.tenant(slot), this.subject(slot));
  }

  /** From the newest to the oldest. */
  chain(newest: number): number[] {
    const slots: number[] = [];
    for (let slot = newest; slot !== 0; slot = this.previousSlot.get(slot)) slots.push(slot);
    return slots;
  }

  private subject(slot: number): SubjectWords {
    const [a, b, c, d] = this.words;
    return [a.get(slot), b.get(slot), c.get(slot), d.get(slot)];
  }

  /** Where the person's slot stands in the table, or where it would. */
  private placeOf(tenant: number, [a, b, c, d]: SubjectWords): number {
    const mask = this.table.length - 1;
    const mixed = Math.imul(a ^ b ^ c ^ d ^ Math.imul(tenant, golden), golden);
    const [first, second, third, fourth] = this.words;
    for (let place = (mixed >>> 7) & mask, steps = 0; steps <= mask; place = (place + 1) & mask, steps++) {
      const slot = this.table[place] ?? 0;
      if (slot === 0) return place;
      if (
        first.get(slot) === a &&
        second.get(slot) === b &&
        third.get(slot) === c &&
        fourth.get(slot) === d &&
        this.tenant(slot) === tenant
      )
        return place;
    }
    // A quarter of the table is always free.
    throw new KeyStoreUnavailable('the index of the key file is full: restart the server');
  }

  private grow(): void {
    const old = this.table;
    this.table = new Uint32Array(old.length * 2);
    for (const slot of old) {
      if (slot !== 0) this.table[this.placeOf(this.tenant(slot), this.subject(slot))] = slot;
    }
  }
}
