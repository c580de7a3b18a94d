import { fstatSync, readSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import { sealSlot, slotBytes } from './keyFileSlot.js';

const magic = 'waymark data keys 1\n';

interface Group {
  readonly slots: Map<number, Buffer>;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Records of one size in one file, addressed by slot number from 1. What is written in one turn of the event loop, and
 * while an earlier write is on its way to the disk, shares one sync. A later write of a slot always comes after an earlier.
 *
 * A full disk is passing: what was refused can be tried again. After any other failure the disk's state is unknown, and
 * nothing is taken until the file was opened anew.
 */
export class KeyFileSlots {
  private gathering = newGroup();
  private inFlight: Group | undefined;
  private scheduled = false;
  private reserved: number;
  private failure: KeyStoreUnavailable | undefined;

  private constructor(
    private readonly file: FileHandle,
    private durable: number,
  ) {
    this.reserved = durable;
  }

  /** The number of slots is that of the file: a record that a crash cut short is cut off. */
  static async open(path: string): Promise<KeyFileSlots> {
    const file = await openOrCreate(path);
    try {
      const { size } = fstatSync(file.fd);
      const slots = Math.max(1, Math.floor(size / slotBytes));
      const header = Buffer.alloc(slotBytes);
      header.write(magic);
      const found = Buffer.alloc(slotBytes);
      readSync(file.fd, found, 0, slotBytes, 0);
      if (size < slotBytes) {
        await file.truncate(0);
        await file.write(header, 0, slotBytes, 0);
      } else if (!found.equals(header)) {
        throw new KeyStoreUnavailable('the file of data keys does not begin like one: restore it');
      }
      await file.truncate(slots * slotBytes);
      await file.sync();
      return new KeyFileSlots(file, slots - 1);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Slots are numbered from 1 to this. */
  get count(): number {
    return this.durable;
  }

  /** Cuts off slots that were never acknowledged; only before anything was written. */
  async cutTo(count: number): Promise<void> {
    await this.file.truncate((count + 1) * slotBytes);
    await this.file.sync();
    this.durable = count;
    this.reserved = count;
  }

  /** All slots in order, many at a time; the bytes hold until the next. */
  async *pages(slotsInPage: number): AsyncGenerator<{ readonly first: number; readonly bytes: Buffer }> {
    const page = Buffer.alloc(slotsInPage * slotBytes);
    for (let first = 1; first <= this.durable; first += slotsInPage) {
      const wanted = Math.min(slotsInPage, this.durable - first + 1) * slotBytes;
      let got = 0;
      while (got < wanted) {
        const { bytesRead } = await this.file.read(page, got, wanted - got, first * slotBytes + got);
        if (bytesRead === 0) throw new KeyStoreUnavailable('the file of data keys became shorter');
        got += bytesRead;
      }
      yield { first, bytes: page.subarray(0, wanted) };
    }
  }

  /** As last written, on disk already or not yet. Mostly from the page cache, so it does not leave the thread. */
  read(slot: number): Buffer {
    const pending = this.gathering.slots.get(slot) ?? this.inFlight?.slots.get(slot);
    if (pending !== undefined) return pending;
    this.assertUsable();
    const bytes = Buffer.allocUnsafe(slotBytes);
    try {
      if (readSync(this.file.fd, bytes, 0, slotBytes, slot * slotBytes) === slotBytes) return bytes;
    } catch (cause) {
      throw new KeyStoreUnavailable('the file of data keys could not be read', { cause });
    }
    throw new KeyStoreUnavailable('the file of data keys became shorter: restore the folder of keys');
  }

  /** @throws KeyStoreUnavailable once the file is closed or its disk has failed */
  assertUsable(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** Number of the new slot; it is durable when `committed` resolves. */
  append(bytes: Buffer): number {
    this.put(this.reserved + 1, bytes);
    this.reserved += 1;
    return this.reserved;
  }

  put(slot: number, bytes: Buffer): void {
    this.assertUsable();
    sealSlot(bytes, this.durable);
    this.gathering.slots.set(slot, bytes);
    this.flushSoon();
  }

  /** Resolves when all that was written so far is on disk. @throws KeyStoreUnavailable */
  committed(): Promise<void> {
    if (this.gathering.slots.size > 0) return this.gathering.done;
    return this.inFlight?.done ?? Promise.resolve();
  }

  async close(): Promise<void> {
    await this.committed().catch(() => undefined);
    this.failure ??= new KeyStoreUnavailable('the key store is closed');
    await this.file.close();
  }

  private flushSoon(): void {
    if (this.scheduled || this.inFlight !== undefined) return;
    this.scheduled = true;
    setImmediate(() => void this.flush());
  }

  private async flush(): Promise<void> {
    this.scheduled = false;
    const group = this.gathering;
    this.gathering = newGroup();
    this.inFlight = group;
    const upTo = this.reserved;
    try {
      await this.write(group.slots);
      this.durable = upTo;
      group.resolve();
    } catch (error) {
      this.giveUp(group, error);
    } finally {
      this.inFlight = undefined;
    }
    if (this.gathering.slots.size > 0) this.flushSoon();
  }

  /**
   * New slots first: for want of room they fail before anything that stands is touched. Written from this thread, to the
   * page cache: only the sync is worth a way through another.
   */
  private async write(slots: ReadonlyMap<number, Buffer>): Promise<void> {
    const isNew = (slot: number) => (slot > this.durable ? 0 : 1);
    const numbers = [...slots.keys()].sort((a, b) => isNew(a) - isNew(b) || a - b);
    for (let start = 0; start < numbers.length; ) {
      const first = numbers[start] ?? 0;
      const run: Buffer[] = [];
      while (numbers[start] === first + run.length) {
        const bytes = slots.get(first + run.length);
        if (bytes === undefined) break;
        run.push(bytes);
        start += 1;
      }
      writeAll(this.file.fd, Buffer.concat(run), first * slotBytes);
    }
    await this.file.datasync();
  }

  private giveUp(group: Group, cause: unknown): void {
    const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
    const error = new KeyStoreUnavailable(
      isFull
        ? 'there is no room left for the key file: make some, and try again'
        : 'the key file could not be written: restart the server, and look at its disk',
      { cause },
    );
    if (!isFull) this.failure = error;
    const behind = this.gathering;
    this.gathering = newGroup();
    this.reserved = this.durable;
    for (const lost of [group, behind]) lost.reject(error);
  }
}

function newGroup(): Group {
  const { promise: done, resolve, reject } = withResolvers();
  // A group that nobody waits for may fail too.
  done.catch(() => undefined);
  return { slots: new Map(), done, resolve, reject };
}

function withResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((onDone, onError) => {
    resolve = onDone;
    reject = onError;
  });
  return { promise, resolve, reject };
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return open(path, 'wx+', 0o600);
  }
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}
