import type { FileHandle } from 'node:fs/promises';
import { chunksOf, contentBytes, openChunks, sealChunks, sealedChunkBytes } from '../sealedChunks.js';

/** Resolves with the bytes of the content. `name` is authenticated: a file put in the place of another does not open. */
export async function writeSealed(
  file: FileHandle,
  key: Buffer,
  name: string,
  content: AsyncIterable<Buffer>,
): Promise<number> {
  let bytes = 0;
  for await (const chunk of sealChunks(key, name, content)) {
    await file.writeFile(chunk);
    bytes += chunk.length;
  }
  return contentBytes(bytes);
}

/** The content, chunk by chunk. @throws Error at the first chunk that is not as it was written, or under another key */
export function readSealed(
  file: FileHandle,
  key: Buffer,
  name: string,
  fileBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  const count = chunksOf(fileBytes);
  return openChunks(key, name, count, readChunks(file, count));
}

async function* readChunks(file: FileHandle, count: number): AsyncGenerator<Buffer, void, undefined> {
  const chunk = Buffer.alloc(sealedChunkBytes);
  for (let counter = 0; counter < count; counter += 1) {
    yield chunk.subarray(0, await readFully(file, chunk, counter * chunk.length));
  }
}

async function readFully(file: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, position + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
