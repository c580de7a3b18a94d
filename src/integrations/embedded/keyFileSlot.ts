import { randomFillSync } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A power of two, so that no record crosses a disk sector: an overwrite reaches the disk whole or not at all. */
export const slotBytes = 128;
/** Nonce (12), wrapped key (32), tag (16). */
export const wrappedBytes = 60;
export const largestTenant = 0x3fff_ffff;
export const largestVersion = 0xffff;

/** Where each value stands. Who a record is about stands twice, so that damage to it can be told to the right person. */
const at = {
  tenant: 0,
  subject: 4,
  identityCheck: 20,
  state: 24,
  version: 26,
  tenantKeyVersion: 28,
  durable: 30,
  time: 34,
  wrapped: 40,
  check: 100,
  copy: 104,
} as const;
const identityBytes = 24;

/** A hole never held anything: a crash left it, and it stays so. */
export const slotStates = { active: 1, destroyed: 2, hole: 3 } as const;
export type SlotState = (typeof slotStates)[keyof typeof slotStates];

/** One record of the key file: one data key of one person, or that the person's keys were destroyed. */
export interface Slot {
  /** The tenant's number in the tenants file. */
  readonly tenant: number;
  /** 32 hex digits. */
  readonly subject: string;
  readonly state: SlotState;
  /** Of the data key, from 1. */
  readonly version: number;
  /** Of the tenant's key that wraps it. */
  readonly tenantKeyVersion: number;
  /** When the key was made or destroyed, epoch milliseconds. */
  readonly time: number;
  /** Nonce, wrapped key and tag; undefined writes random bytes in their place. */
  readonly wrapped: Buffer | undefined;
}

export function encodeSlot(slot: Slot): Buffer {
  const bytes = Buffer.allocUnsafe(slotBytes).fill(0);
  bytes.writeUInt32LE(slot.tenant, at.tenant);
  bytes.write(slot.subject, at.subject, 'hex');
  bytes.writeUInt32LE(crc32(bytes.subarray(0, at.identityCheck)), at.identityCheck);
  bytes.copy(bytes, at.copy, 0, identityBytes);
  bytes.writeUInt8(slot.state, at.state);
  bytes.writeUInt16LE(slot.version, at.version);
  bytes.writeUInt16LE(slot.tenantKeyVersion, at.tenantKeyVersion);
  bytes.writeUIntLE(slot.time, at.time, 6);
  if (slot.wrapped === undefined) randomFillSync(bytes, at.wrapped, wrappedBytes);
  else slot.wrapped.copy(bytes, at.wrapped);
  return bytes;
}

/** Makes an encoded record whole. @param durable how many slots of the file are known to be on disk */
export function sealSlot(bytes: Buffer, durable: number): void {
  bytes.writeUInt32LE(durable, at.durable);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, at.check)), at.check);
}

export function isWhole(bytes: Buffer): boolean {
  return bytes.readUInt32LE(at.check) === crc32(bytes.subarray(0, at.check));
}

export function stateOf(bytes: Buffer): SlotState {
  const state = bytes.readUInt8(at.state);
  if (state === slotStates.active || state === slotStates.destroyed) return state;
  return slotStates.hole;
}

export function durableOf(bytes: Buffer): number {
  return bytes.readUInt32LE(at.durable);
}

/** Of a whole record. */
export function decodeSlot(bytes: Buffer): Slot & { readonly wrapped: Buffer } {
  return {
    tenant: bytes.readUInt32LE(at.tenant),
    subject: bytes.toString('hex', at.subject, at.subject + 16),
    state: stateOf(bytes),
    version: bytes.readUInt16LE(at.version),
    tenantKeyVersion: bytes.readUInt16LE(at.tenantKeyVersion),
    time: bytes.readUIntLE(at.time, 6),
    wrapped: bytes.subarray(at.wrapped, at.wrapped + wrappedBytes),
  };
}

/** Who a record is about, from whichever of its two copies is sound; undefined where neither is. */
export function soundIdentity(bytes: Buffer): Buffer | undefined {
  return [0, at.copy]
    .map((start) => bytes.subarray(start, start + identityBytes))
    .find((copy) => copy.readUInt32LE(at.identityCheck) === crc32(copy.subarray(0, at.identityCheck)));
}
