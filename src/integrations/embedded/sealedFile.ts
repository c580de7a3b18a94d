import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/**
 * Files sealed with AES-256-GCM in chunks of 64 KiB, so that they are written and read as streams. Each chunk's nonce
 * counts it and says whether it is the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015):
 * chunks that were changed, swapped, left out or cut off at the end are found. A key seals one file only.
 */
const chunkBytes = 64 * 1024;
const tagBytes = 16;
const algorithm = 'aes-256-gcm';

/** Resolves with the bytes of the content. `name` is authenticated: a file put in the place of another does not open. */
export async function writeSealed(
  file: FileHandle,
  key: Buffer,
  name: string,
  content: AsyncIterable<Buffer>,
): Promise<number> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let counter = 0;
  let total = 0;
  const seal = async (chunk: Buffer, isLast: boolean) => {
    const cipher = createCipheriv(algorithm, key, nonceOf(counter, isLast)).setAAD(Buffer.from(name));
    await file.writeFile(Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]));
    counter += 1;
    total += chunk.length;
  };
  for await (const piece of content) {
    waiting.push(piece);
    waitingBytes += piece.length;
    if (waitingBytes <= chunkBytes) continue;
    let rest = Buffer.concat(waiting);
    // A full chunk is kept back until more comes: the last one must be known for what it is.
    for (; rest.length > chunkBytes; rest = rest.subarray(chunkBytes)) {
      await seal(rest.subarray(0, chunkBytes), false);
    }
    waiting = [rest];
    waitingBytes = rest.length;
  }
  await seal(Buffer.concat(waiting), true);
  return total;
}

/** Of what is sealed in a file of this size. */
export function contentBytes(fileBytes: number): number {
  return fileBytes - tagBytes * chunksOf(fileBytes);
}

/** The content, chunk by chunk. @throws Error at the first chunk that is not as it was written, or under another key */
export async function* readSealed(
  file: FileHandle,
  key: Buffer,
  name: string,
  fileBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  const count = chunksOf(fileBytes);
  const sealed = Buffer.alloc(chunkBytes + tagBytes);
  for (let counter = 0; counter < count; counter += 1) {
    const length = await readFully(file, sealed, counter * sealed.length);
    if (length < tagBytes) throw new Error('the sealed file is cut off');
    const decipher = createDecipheriv(algorithm, key, nonceOf(counter, counter === count - 1))
      .setAAD(Buffer.from(name))
      .setAuthTag(sealed.subarray(length - tagBytes, length));
    yield Buffer.concat([decipher.update(sealed.subarray(0, length - tagBytes)), decipher.final()]);
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

function chunksOf(fileBytes: number): number {
  return Math.ceil(fileBytes / (chunkBytes + tagBytes));
}

function nonceOf(counter: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(counter, 0, 6);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}
