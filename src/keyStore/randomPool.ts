import { randomFillSync } from 'node:crypto';

const size = 8192;
const pool = Buffer.allocUnsafeSlow(size);
let nextAt = size;

/**
 * Random bytes of the system, drawn many at a time: a call to the system for each nonce would cost as much as the cipher.
 * Each byte is given out once. Whoever makes a secret of them overwrites them.
 * @param length at most 8,192
 */
export function takeRandom(length: number): Buffer {
  if (nextAt + length > size) {
    randomFillSync(pool);
    nextAt = 0;
  }
  nextAt += length;
  return pool.subarray(nextAt - length, nextAt);
}
