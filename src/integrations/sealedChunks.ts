import { createCipheriv, createDecipheriv } from 'node:crypto';

/**
 * Content sealed with AES-256-GCM in chunks of 64 KiB, so that it is written and read as a stream. Each chunk's nonce counts
 * it and says whether it is the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): chunks that
 * were changed, swapped, left out or cut off at the end are found. A key seals one content only.
 */
const chunkBytes = 64 * 1024;
const tagBytes = 16;
const algorithm = 'aes-256-gcm';

/** Of every chunk but the last. */
export const sealedChunkBytes = chunkBytes + tagBytes;

/** The chunks, sealed. `name` is authenticated: content put in the place of another does not open. */
export async function* sealChunks(
  key: Buffer,
  name: string,
  content: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let counter = 0;
  const seal = (chunk: Buffer, isLast: boolean) => {
    const cipher = createCipheriv(algorithm, key, nonceOf(counter, isLast)).setAAD(Buffer.from(name));
    counter += 1;
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  };
  for await (const piece of content) {
    waiting.push(piece);
    waitingBytes += piece.length;
    if (waitingBytes <= chunkBytes) continue;
    let rest = Buffer.concat(waiting);
    // A full chunk is kept back until more comes: the last one must be known for what it is.
    for (; rest.length > chunkBytes; rest = rest.subarray(chunkBytes)) {
      yield seal(rest.subarray(0, chunkBytes), false);
    }
    waiting = [rest];
    waitingBytes = rest.length;
  }
  yield seal(Buffer.concat(waiting), true);
}

/** Of what is sealed in so many bytes. */
export function contentBytes(sealedBytes: number): number {
  return sealedBytes - tagBytes * chunksOf(sealedBytes);
}

export function chunksOf(sealedBytes: number): number {
  return Math.ceil(sealedBytes / sealedChunkBytes);
}

/** The content, chunk by chunk. @throws Error at the first chunk that is not as it was written, or under another key */
export async function* openChunks(
  key: Buffer,
  name: string,
  count: number,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  let counter = 0;
  for await (const chunk of chunks) {
    if (chunk.length < tagBytes) break;
    const textBytes = chunk.length - tagBytes;
    const decipher = createDecipheriv(algorithm, key, nonceOf(counter, counter === count - 1))
      .setAAD(Buffer.from(name))
      .setAuthTag(chunk.subarray(textBytes));
    counter += 1;
    yield Buffer.concat([decipher.update(chunk.subarray(0, textBytes)), decipher.final()]);
  }
  if (counter < count) throw new Error('the sealed content is cut off');
}

function nonceOf(counter: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(counter, 0, 6);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}
