import { once } from 'node:events';
import { crc32, createDeflateRaw } from 'node:zlib';

/** A file of an archive. Its content is asked for when its turn comes, a piece at a time. */
export interface ZipEntry {
  /** Letters, digits, `.`, `-`, `_` and `/` alone. */
  readonly path: string;
  readonly content: AsyncIterable<Buffer>;
}

interface WrittenEntry {
  readonly path: Buffer;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** What a 32-bit field holds where the value stands in the ZIP64 extra field instead (APPNOTE 4.5.3). */
const elsewhere = 0xffff_ffff;
const elsewhereShort = 0xffff;
/** ZIP64 is needed to read it (APPNOTE 4.4.3.2). */
const version = 45;
/** Bit 3: sizes follow the content; bit 11: paths are UTF-8 (APPNOTE 4.4.4). */
const flags = 0x0808;
const deflate = 8;
/** Regular file, readable by all, in the upper half of the external attributes, as made on Unix. */
const attributes = 0o100644 * 0x10000;

/**
 * Packs files into a ZIP archive (PKWARE APPNOTE 6.3.10) while they are read: nothing is held but one piece, and the next
 * is read when the consumer asks. Sizes are unknown when a file begins, so each is announced as ZIP64 and followed by a
 * data descriptor; the directory at the end uses ZIP64 only for what does not fit 32 bits.
 * @param at when the files were made, epoch milliseconds; written in UTC, 1980–2107
 * @param largest what still stands in a 32-bit field; lower only in tests, which have no 4 GiB to write
 */
export async function* zip(
  entries: AsyncIterable<ZipEntry>,
  at: number,
  largest: number = elsewhere - 1,
): AsyncGenerator<Buffer, void, undefined> {
  const stamp = dosTime(new Date(at));
  const written: WrittenEntry[] = [];
  let offset = 0;
  for await (const { path, content } of entries) {
    const name = Buffer.from(path);
    const start = offset;
    const header = localHeader(name, stamp);
    yield header;
    const totals = { crc: 0, size: 0 };
    let packed = 0;
    for await (const piece of deflated(content, totals)) {
      packed += piece.length;
      yield piece;
    }
    const entry = { path: name, packed, offset: start, ...totals };
    const descriptor = dataDescriptor(entry);
    yield descriptor;
    written.push(entry);
    offset += header.length + packed + descriptor.length;
  }
  let directorySize = 0;
  for (const entry of written) {
    const header = directoryHeader(entry, stamp, largest);
    directorySize += header.length;
    yield header;
  }
  yield endOfDirectory(written.length, directorySize, offset, largest);
}

async function* deflated(
  content: AsyncIterable<Buffer>,
  totals: { crc: number; size: number },
): AsyncGenerator<Buffer, void, undefined> {
  const packer = createDeflateRaw();
  const feeding = (async () => {
    for await (const piece of content) {
      totals.crc = crc32(piece, totals.crc);
      totals.size += piece.length;
      if (!packer.write(piece)) await once(packer, 'drain');
    }
    packer.end();
  })();
  feeding.catch((error: unknown) =>
    packer.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    yield* packer;
  } finally {
    // Where the consumer leaves early, whoever waits for room is told so, and the content is closed.
    packer.destroy(new Error('the archive was abandoned'));
    await feeding.catch(() => undefined);
  }
}

function localHeader(name: Buffer, stamp: number): Buffer {
  const header = Buffer.alloc(30 + name.length + 20);
  header.writeUInt32LE(0x0403_4b50, 0);
  header.writeUInt16LE(version, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(deflate, 8);
  header.writeUInt32LE(stamp, 10);
  header.writeUInt32LE(elsewhere, 18);
  header.writeUInt32LE(elsewhere, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(20, 28);
  name.copy(header, 30);
  header.writeUInt16LE(0x0001, 30 + name.length);
  header.writeUInt16LE(16, 32 + name.length);
  return header;
}

function dataDescriptor({ crc, packed, size }: WrittenEntry): Buffer {
  const descriptor = Buffer.alloc(24);
  descriptor.writeUInt32LE(0x0807_4b50, 0);
  descriptor.writeUInt32LE(crc, 4);
  descriptor.writeBigUInt64LE(BigInt(packed), 8);
  descriptor.writeBigUInt64LE(BigInt(size), 16);
  return descriptor;
}

function directoryHeader(entry: WrittenEntry, stamp: number, largest: number): Buffer {
  const { path, crc, packed, size, offset } = entry;
  const inExtra = [size, packed, offset].filter((value) => value > largest);
  const extraLength = inExtra.length === 0 ? 0 : 4 + 8 * inExtra.length;
  const header = Buffer.alloc(46 + path.length + extraLength);
  header.writeUInt32LE(0x0201_4b50, 0);
  header.writeUInt16LE(0x0300 | version, 4);
  header.writeUInt16LE(version, 6);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(deflate, 10);
  header.writeUInt32LE(stamp, 12);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(fitting(packed, largest), 20);
  header.writeUInt32LE(fitting(size, largest), 24);
  header.writeUInt16LE(path.length, 28);
  header.writeUInt16LE(extraLength, 30);
  header.writeUInt32LE(attributes, 38);
  header.writeUInt32LE(fitting(offset, largest), 42);
  path.copy(header, 46);
  if (extraLength > 0) {
    const extra = 46 + path.length;
    header.writeUInt16LE(0x0001, extra);
    header.writeUInt16LE(extraLength - 4, extra + 2);
    inExtra.forEach((value, index) => {
      header.writeBigUInt64LE(BigInt(value), extra + 4 + 8 * index);
    });
  }
  return header;
}

/** Always fewer than 65,535 files; only sizes can outgrow 32 bits. */
function endOfDirectory(count: number, size: number, offset: number, largest: number): Buffer {
  const isLarge = offset > largest || size > largest;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(isLarge ? elsewhereShort : count, 8);
  end.writeUInt16LE(isLarge ? elsewhereShort : count, 10);
  end.writeUInt32LE(isLarge ? elsewhere : size, 12);
  end.writeUInt32LE(isLarge ? elsewhere : offset, 16);
  if (!isLarge) return end;
  const record = Buffer.alloc(56 + 20);
  record.writeUInt32LE(0x0606_4b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(0x0300 | version, 12);
  record.writeUInt16LE(version, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  record.writeUInt32LE(0x0706_4b50, 56);
  record.writeBigUInt64LE(BigInt(offset + size), 64);
  record.writeUInt32LE(1, 72);
  return Buffer.concat([record, end]);
}

function fitting(value: number, largest: number): number {
  return value > largest ? elsewhere : value;
}

/** Two seconds exact: date in the upper, time in the lower half (APPNOTE 4.4.6). */
function dosTime(at: Date): number {
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return date * 0x10000 + time;
}
