/**
 * GHASH, the keyed hash of AES-GCM (NIST SP 800-38D, 6.4), eight bits at a time with a table of the multiples of the hash
 * key by four bits (Shoup's method: V. Shoup, On Fast and Provably Secure Message Authentication Based on Universal Hashing, 1996;
 * D. McGrew and J. Viega, The Galois/Counter Mode of Operation, 2004, section 4.1).
 */
export const blockBytes = 16;

/** What eight bits shifted out at the low end add to the highest word. */
const reductions = Int32Array.from({ length: 256 }, (_, bits) => {
  let sum = 0;
  for (let bit = 0; bit < 8; bit++) if ((bits >> bit) & 1) sum ^= 0xe1000000 >>> (7 - bit);
  return sum;
});

/** Where the multiples begin that are shifted by four bits. */
const shifted = 64;

/** The 16 multiples of the hash key, four words each, as they are and shifted by four bits. @param hashKey the block of zeros, encrypted */
export function galoisTable(hashKey: Buffer): Int32Array {
  const table = new Int32Array(2 * shifted);
  let a = hashKey.readInt32BE(0);
  let b = hashKey.readInt32BE(4);
  let c = hashKey.readInt32BE(8);
  let d = hashKey.readInt32BE(12);
  for (let power = 8; power > 0; power >>= 1) {
    table.set([a, b, c, d], power * 4);
    const carry = d & 1;
    d = (d >>> 1) | (c << 31);
    c = (c >>> 1) | (b << 31);
    b = (b >>> 1) | (a << 31);
    a = (a >>> 1) ^ (carry === 1 ? 0xe1000000 : 0);
  }
  for (let power = 2; power < 16; power <<= 1) {
    for (let rest = 1; rest < power; rest++) {
      for (let word = 0; word < 4; word++)
        table[(power + rest) * 4 + word] = (table[power * 4 + word] ?? 0) ^ (table[rest * 4 + word] ?? 0);
    }
  }
  for (let at = 0; at < shifted; at += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = table.subarray(at, at + 4);
    table.set(
      [(a >>> 4) ^ fourBits(d), (b >>> 4) | (a << 28), (c >>> 4) | (b << 28), (d >>> 4) | (c << 28)],
      shifted + at,
    );
  }
  return table;
}

/** Takes further whole blocks, from `start` to `end` of the bytes, into a hash of four words. */
export function galoisHash(
  table: Int32Array,
  hash: Int32Array,
  bytes: DataView,
  start: number,
  end: number,
): void {
  for (let at = start; at < end; at += blockBytes) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let word = 3; word >= 0; word--) {
      let bits = (hash[word] ?? 0) ^ bytes.getInt32(at + 4 * word);
      for (let byte = 0; byte < 4; byte++) {
        const first = shifted + ((bits & 15) << 2);
        const second = (bits & 240) >> 2;
        const out = d & 255;
        d = ((d >>> 8) | (c << 24)) ^ (table[first + 3] ?? 0) ^ (table[second + 3] ?? 0);
        c = ((c >>> 8) | (b << 24)) ^ (table[first + 2] ?? 0) ^ (table[second + 2] ?? 0);
        b = ((b >>> 8) | (a << 24)) ^ (table[first + 1] ?? 0) ^ (table[second + 1] ?? 0);
        a = (a >>> 8) ^ (reductions[out] ?? 0) ^ (table[first] ?? 0) ^ (table[second] ?? 0);
        bits >>>= 8;
      }
    }
    hash[0] = a;
    hash[1] = b;
    hash[2] = c;
    hash[3] = d;
  }
}

/** What the lowest four bits of a word add to the highest word when they are shifted out. */
function fourBits(word: number): number {
  return reductions[(word & 15) << 4] ?? 0;
}
