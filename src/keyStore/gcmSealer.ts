import { type Cipher, createCipheriv, type KeyObject } from 'node:crypto';
import { blockBytes, galoisHash, galoisTable } from './galoisHash.js';
import { takeRandom } from './randomPool.js';

export const nonceLength = 12;
export const tagLength = 16;

/**
 * Key streams are made for some texts at a time, in one call: that takes hardly longer than for one. Each has a block for the tag
 * and some for a text; a longer text gets a stream of its own.
 */
const streamsAhead = 8;
const blocksAhead = 4;
const bytesAhead = blocksAhead * blockBytes;

/** What is hashed, and the counters that become key streams; larger ones take their place where a text needs more. */
let hashed = scratchOf(4096);
let counters = scratchOf(4096);
const hash = new Int32Array(4);

/**
 * AES-256-GCM (NIST SP 800-38D) for many short texts under one key and with additional data that begin alike. OpenSSL's own
 * GCM makes an object for every text, which costs several times its work on forty bytes; here OpenSSL keeps the key and
 * encrypts counters, and the hash over the beginning is taken once. What it writes is opened by OpenSSL's GCM.
 */
export class GcmSealer {
  readonly #blocks: Cipher;
  readonly #table: Int32Array;
  /** What is left of the beginning after its whole blocks, whose hash is `#begun`. */
  readonly #rest: Buffer;
  readonly #begun = new Int32Array(4);
  readonly #wholeBytes: number;
  /** Nonces that were drawn and their streams, each for one text. */
  readonly #nonces = new Uint8Array(streamsAhead * nonceLength);
  #streams: Uint8Array = noStreams;
  #next = streamsAhead;

  /**
   * @param beginning of the additional data of every text
   * @param random draws bytes that were never drawn before; good until the next call
   */
  constructor(
    key: KeyObject,
    beginning: string,
    private readonly random: (length: number) => Uint8Array = takeRandom,
  ) {
    this.#blocks = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    this.#table = galoisTable(this.#blocks.update(Buffer.alloc(blockBytes)));
    const bytes = Buffer.from(beginning);
    this.#wholeBytes = bytes.length - (bytes.length % blockBytes);
    galoisHash(this.#table, this.#begun, viewOf(bytes), 0, this.#wholeBytes);
    this.#rest = bytes.subarray(this.#wholeBytes);
  }

  /**
   * Writes the nonce at the beginning, the tag at `tagAt` and the ciphertext at `textAt`, which has room for it.
   * @param into holds from `endingAt` to `textAt` the end of the additional data
   * @returns the bytes of the ciphertext, as many as those of the text in UTF-8
   */
  seal(into: Buffer, tagAt: number, endingAt: number, textAt: number, text: string): number {
    const room = textAt - endingAt + 3 * text.length + 4 * blockBytes;
    if (room > hashed.bytes.length) hashed = scratchOf(2 * room);
    const { bytes, view } = hashed;
    const rest = this.#rest;
    // Loops over bytes throughout: for so few, each of a buffer's own methods costs more.
    for (let at = 0; at < rest.length; at++) bytes[at] = rest[at] ?? 0;
    const dataEnd = rest.length + textAt - endingAt;
    for (let at = rest.length; at < dataEnd; at++) bytes[at] = into[endingAt + at - rest.length] ?? 0;
    const textStart = padWithZeros(bytes, dataEnd);
    const length = bytes.write(text, textStart);
    const streamAt = this.#take(into, padded(length));
    const stream = this.#streams;
    for (let at = 0; at < length; at++) {
      const byte = (bytes[textStart + at] ?? 0) ^ (stream[streamAt + blockBytes + at] ?? 0);
      bytes[textStart + at] = byte;
      into[textAt + at] = byte;
    }
    const textEnd = padWithZeros(bytes, textStart + length);
    writeBits(view, textEnd, this.#wholeBytes + dataEnd);
    writeBits(view, textEnd + 8, length);
    hash.set(this.#begun);
    galoisHash(this.#table, hash, view, 0, textEnd + blockBytes);
    for (let at = 0; at < tagLength; at++) {
      const word = hash[at >> 2] ?? 0;
      into[tagAt + at] = (word >>> (24 - 8 * (at & 3))) ^ (stream[streamAt + at] ?? 0);
    }
    return length;
  }

  /**
   * Takes a nonce and its stream: the first block is for the tag, the others for the text.
   * @returns where the stream begins in `#streams`
   */
  #take(into: Buffer, length: number): number {
    if (blockBytes + length > bytesAhead) {
      this.#draw(1, blockBytes + length);
      this.#next = streamsAhead;
      this.#copyNonce(into, 0);
      return 0;
    }
    if (this.#next === streamsAhead) {
      this.#draw(streamsAhead, bytesAhead);
      this.#next = 0;
    }
    const taken = this.#next++;
    this.#copyNonce(into, taken);
    return taken * bytesAhead;
  }

  #copyNonce(into: Buffer, taken: number): void {
    const from = taken * nonceLength;
    for (let at = 0; at < nonceLength; at++) into[at] = this.#nonces[from + at] ?? 0;
  }

  /** Draws nonces and encrypts the counters of each. */
  #draw(streams: number, bytesEach: number): void {
    const size = streams * bytesEach;
    if (size > counters.bytes.length) counters = scratchOf(2 * size);
    const { bytes, view } = counters;
    const nonces = this.#nonces;
    nonces.set(this.random(streams * nonceLength));
    let at = 0;
    for (let stream = 0; stream < streams; stream++) {
      const from = stream * nonceLength;
      for (let counter = 1; counter <= bytesEach / blockBytes; counter++, at += blockBytes) {
        for (let byte = 0; byte < nonceLength; byte++) bytes[at + byte] = nonces[from + byte] ?? 0;
        view.setInt32(at + nonceLength, counter);
      }
    }
    this.#streams = this.#blocks.update(bytes.subarray(0, size));
  }
}

const noStreams = new Uint8Array(0);

function scratchOf(size: number): { readonly bytes: Buffer; readonly view: DataView } {
  const bytes = Buffer.alloc(size);
  return { bytes, view: viewOf(bytes) };
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** @returns the end of the block in which the bytes end */
function padWithZeros(bytes: Buffer, end: number): number {
  const paddedEnd = padded(end);
  for (let at = end; at < paddedEnd; at++) bytes[at] = 0;
  return paddedEnd;
}

function padded(end: number): number {
  return (end + blockBytes - 1) & -blockBytes;
}

/** How many bits the bytes are, in 64 bits. */
function writeBits(view: DataView, at: number, bytes: number): void {
  view.setUint32(at, Math.floor(bytes / 0x2000_0000));
  view.setUint32(at + 4, bytes * 8);
}
