import { createHash } from 'node:crypto';

/** Bytes gathered before they are packed. */
const pieceSize = 64 * 1024;

export async function* mapped<A, B>(
  values: AsyncIterable<A>,
  change: (value: A) => B,
): AsyncGenerator<B, void, undefined> {
  for await (const value of values) yield change(value);
}

/** Texts as bytes, in pieces large enough to be packed well. */
export async function* pieces(
  texts: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<Buffer, void, undefined> {
  let gathered = '';
  for await (const text of texts) {
    gathered += text;
    if (gathered.length < pieceSize) continue;
    yield Buffer.from(gathered);
    gathered = '';
  }
  if (gathered !== '') yield Buffer.from(gathered);
}

/** The content unchanged; `done` is told of all of it when it was read to its end. */
export async function* hashed(
  content: AsyncIterable<Buffer>,
  done: (sha256: string, bytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of content) {
    hash.update(piece);
    bytes += piece.length;
    yield piece;
  }
  done(hash.digest('hex'), bytes);
}
