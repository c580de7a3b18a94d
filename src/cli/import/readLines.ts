import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Longer lines are handed over as undefined: no message may be that long, and memory stays bounded. */
export const maxLineBytes = 256 * 1024;

export interface TextLine {
  /** From 1. */
  readonly number: number;
  /** Undefined where the line is longer than `maxLineBytes`. */
  readonly text: string | undefined;
}

export interface LineSource {
  readonly lines: AsyncIterable<TextLine>;
  /** Bytes in all; undefined for standard input. */
  readonly totalBytes: number | undefined;
  /** Bytes taken from the file so far, compressed ones where it is compressed; 0 for standard input. */
  bytesRead(): number;
}

/**
 * Opens a file (gzip is known by its first bytes, not its name) or, for `-`, standard input.
 * @throws Error of `node:fs` where there is no such file
 */
export async function openLines(file: string, standardInput: Readable = process.stdin): Promise<LineSource> {
  if (file === '-') return { lines: splitLines(standardInput), totalBytes: undefined, bytesRead: () => 0 };
  const totalBytes = (await stat(file)).size;
  const gzip = await isGzip(file);
  const raw = createReadStream(file, { highWaterMark: 256 * 1024 });
  // A failure of either stream destroys both and reaches the reader through the iteration of the last.
  const text = gzip ? pipeline(raw, createGunzip(), () => undefined) : raw;
  return { lines: splitLines(text), totalBytes, bytesRead: () => raw.bytesRead };
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.readUInt16BE(0) === 0x1f8b;
  } finally {
    await handle.close();
  }
}

/** Lines without their ends (`\n` or `\r\n`). Empty lines are passed over, but counted in the numbering. */
export async function* splitLines(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<TextLine> {
  let number = 0;
  let pieces: Buffer[] = [];
  let length = 0;
  const finish = (): TextLine | undefined => {
    number += 1;
    const text = length > maxLineBytes ? undefined : Buffer.concat(pieces).toString('utf8').trim();
    pieces = [];
    length = 0;
    return text === '' ? undefined : { number, text };
  };
  const add = (piece: Buffer): void => {
    length += piece.length;
    if (length <= maxLineBytes) pieces.push(piece);
    else pieces = [];
  };
  for await (const chunk of chunks) {
    const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let from = 0;
    for (let end = buffer.indexOf(10); end >= 0; end = buffer.indexOf(10, from)) {
      add(buffer.subarray(from, end));
      from = end + 1;
      const line = finish();
      if (line !== undefined) yield line;
    }
    if (from < buffer.length) add(buffer.subarray(from));
  }
  const last = length > 0 ? finish() : undefined;
  if (last !== undefined) yield last;
}
