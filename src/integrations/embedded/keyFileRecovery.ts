import { type IndexState, indexStates, KeyFileIndex, wordsOf } from './keyFileIndex.js';
import {
  decodeSlot,
  durableOf,
  encodeSlot,
  isWhole,
  slotBytes,
  slotStates,
  soundIdentity,
  stateOf,
} from './keyFileSlot.js';
import type { KeyFileSlots } from './keyFileSlots.js';

const slotsInPage = 16_384;
const empty = Buffer.alloc(slotBytes);

export interface RecoveredKeys {
  readonly index: KeyFileIndex;
  /** Records of which not even the person can be read: whoever is not found might be one of them. */
  readonly unreadable: number;
  readonly largestTenant: number;
}

/**
 * Reads the whole file once. A record that was never acknowledged is dropped: a crash may leave room at the end that
 * was taken and not written. What was acknowledged and cannot be read is damage, and stays.
 */
export async function recoverKeys(slots: KeyFileSlots): Promise<RecoveredKeys> {
  const index = new KeyFileIndex();
  const blanks: number[] = [];
  let durable = 0;
  let unreadable = 0;
  let largestTenant = 0;
  let lastWritten = 0;

  function add(slot: number, record: Buffer, state: IndexState): void {
    const tenant = record.readUInt32LE(0);
    largestTenant = Math.max(largestTenant, tenant);
    index.add(slot, tenant, wordsOf(record, 4), state);
  }

  for await (const { first, bytes } of slots.pages(slotsInPage)) {
    for (let start = 0, slot = first; start < bytes.length; start += slotBytes, slot += 1) {
      const record = bytes.subarray(start, start + slotBytes);
      if (isWhole(record)) {
        durable = Math.max(durable, durableOf(record));
        const state = stateOf(record);
        if (state === slotStates.active) add(slot, record, indexStates.active);
        else if (state === slotStates.destroyed) add(slot, record, indexStates.destroyed);
      } else if (record.equals(empty)) {
        blanks.push(slot);
        continue;
      } else {
        const identity = soundIdentity(record);
        if (identity === undefined) unreadable += 1;
        else add(slot, identity, indexStates.damaged);
      }
      lastWritten = slot;
    }
  }
  await finishDestroying(slots, index);
  unreadable += blanks.filter((slot) => slot <= durable).length;
  const holes = blanks.filter((slot) => slot > durable && slot < lastWritten);
  if (holes.length > 0) await fill(slots, holes);
  const end = Math.max(durable, lastWritten);
  if (end < slots.count) await slots.cutTo(end);
  return { index, unreadable: unreadable + Math.max(0, durable - slots.count), largestTenant };
}

/** A crash may have come between the overwriting of one key of a person and of the next. */
async function finishDestroying(slots: KeyFileSlots, index: KeyFileIndex): Promise<void> {
  for (let slot = 1; slot <= slots.count; slot++) {
    if (index.state(slot) !== indexStates.destroyed) continue;
    const standing = index
      .chain(index.newestOf(slot))
      .filter((other) => index.state(other) !== indexStates.destroyed);
    for (const other of standing) {
      slots.put(other, encodeSlot({ ...decodeSlot(slots.read(slot)), wrapped: undefined }));
      index.setState(other, indexStates.destroyed);
    }
  }
  await slots.committed();
}

/** Marked, or the next start would take them for records that were lost. */
async function fill(slots: KeyFileSlots, holes: readonly number[]): Promise<void> {
  const hole = { tenant: 0, subject: '0'.repeat(32), version: 0, tenantKeyVersion: 0, time: 0 };
  for (const slot of holes)
    slots.put(slot, encodeSlot({ ...hole, state: slotStates.hole, wrapped: undefined }));
  await slots.committed();
}
