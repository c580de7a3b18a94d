/** Bytes of one piece of memory. */
const pieceBytes = 256 * 1024;

let piece = Buffer.allocUnsafeSlow(pieceBytes);
let next = 0;

/**
 * Room for bytes that are written at once and hold for as long as somebody has them, out of larger pieces than Node's own of 8 KiB:
 * for documents and their keys, of which there are thousands a second, those would be made all the time.
 */
export function takeRoom(length: number): Buffer {
  if (length > pieceBytes / 8) return Buffer.allocUnsafeSlow(length);
  if (next + length > pieceBytes) {
    piece = Buffer.allocUnsafeSlow(pieceBytes);
    next = 0;
  }
  next += length;
  return piece.subarray(next - length, next);
}
