/**
 * A frame is one group commit: the events of all appends that became durable together. Little endian.
 *
 *   header   fixed, with a checksum of its own, so that a damaged length is told from a cut frame
 *   bodies   each event's JSON text `[id, data, metadata]`, one after the other
 *   events   a fixed entry an event, so that any event is found and decoded without its neighbours
 *   strings  end offsets, then the texts: first the names of the streams in this frame, then its type names
 */
export const magic = 0x464d5957; // "WYMF"
export const formatVersion = 1;

export const header = {
  magic: 0,
  version: 4,
  totalBytes: 8,
  firstSequence: 12,
  eventCount: 16,
  streamCount: 20,
  typeCount: 24,
  bodiesEnd: 28,
  /** Epoch milliseconds, a double. Never earlier than the frame before. */
  recordedAt: 32,
  /** CRC-32 of everything after the header. */
  payloadChecksum: 40,
  /** CRC-32 of the header up to here. */
  headerChecksum: 44,
  size: 48,
} as const;

export const entry = {
  /** Place of the stream's name in the frame's strings. */
  stream: 0,
  /** Place of the type's name among the frame's type names. */
  type: 4,
  revision: 8,
  /** Offset in the frame just after the event's text; it begins where the one before ends. */
  end: 12,
  size: 16,
} as const;
