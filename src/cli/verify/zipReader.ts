import type { FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';

/** A file in an archive, as its directory tells. */
export interface ZippedFile {
  readonly path: string;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** More would be no export. */
const maxDirectoryBytes = 1024 * 1024;
const elsewhere = 0xffff_ffff;

/**
 * The directory of a ZIP archive (PKWARE APPNOTE 6.3.10) of deflated files, ZIP64 or not, without a comment: what this
 * program writes. @throws Error for anything else
 */
export async function readDirectory(file: FileHandle): Promise<readonly ZippedFile[]> {
  const { size } = await file.stat();
  const { offset, length } = await findDirectory(file, size);
  if (length > maxDirectoryBytes || offset + length > size) throw new Error('its directory is damaged');
  const directory = await readAt(file, offset, length);
  const files: ZippedFile[] = [];
  for (let at = 0; at < directory.length; ) {
    if (directory.readUInt32LE(at) !== 0x0201_4b50) throw new Error('its directory is damaged');
    const pathLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const extra = directory.subarray(at + 46 + pathLength, at + 46 + pathLength + extraLength);
    const [unpacked, packed, start] = wide(
      [directory.readUInt32LE(at + 24), directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 42)],
      extra,
    );
    files.push({
      path: directory.toString('utf8', at + 46, at + 46 + pathLength),
      size: unpacked,
      packed,
      offset: start,
    });
    at += 46 + pathLength + extraLength + directory.readUInt16LE(at + 32);
  }
  return files;
}

/** The unpacked content, a piece at a time; no more than the directory says. @throws Error where it is damaged */
export async function* readZipped(
  file: FileHandle,
  { offset, packed, size }: ZippedFile,
): AsyncGenerator<Buffer, void, undefined> {
  const header = await readAt(file, offset, 30);
  if (header.readUInt32LE(0) !== 0x0403_4b50) throw new Error('a file of it does not begin where it should');
  const start = offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const inflate = createInflateRaw();
  // A fault of either ends both; the loop below meets it.
  pipeline(Readable.from(piecesOf(file, start, packed)), inflate, () => undefined);
  let bytes = 0;
  for await (const piece of inflate as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > size) throw new Error('a file of it is longer than its directory says');
    yield piece;
  }
}

async function findDirectory(file: FileHandle, size: number): Promise<{ offset: number; length: number }> {
  const end = await readAt(file, size - 22, 22);
  if (end.readUInt32LE(0) !== 0x0605_4b50) throw new Error('it does not end as a ZIP archive');
  if (end.readUInt32LE(16) !== elsewhere)
    return { offset: end.readUInt32LE(16), length: end.readUInt32LE(12) };
  const locator = await readAt(file, size - 42, 20);
  const record = await readAt(file, Number(locator.readBigUInt64LE(8)), 56);
  return { offset: Number(record.readBigUInt64LE(48)), length: Number(record.readBigUInt64LE(40)) };
}

/** In the order of the ZIP64 extra field, which holds those that do not fit (APPNOTE 4.5.3). */
function wide<const Values extends readonly number[]>(
  values: Values,
  extra: Buffer,
): { [Place in keyof Values]: number } {
  let at = 4;
  const found = values.map((value) => {
    if (value !== elsewhere) return value;
    at += 8;
    return Number(extra.readBigUInt64LE(at - 8));
  });
  // As many as were given, which `map` does not say.
  return found as { [Place in keyof Values]: number };
}

async function* piecesOf(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < length; ) {
    const piece = await readAt(file, start + done, Math.min(length - done, 64 * 1024));
    done += piece.length;
    yield piece;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  if (position < 0) throw new Error('it is too short for a ZIP archive');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error('it is cut off');
  return buffer;
}
