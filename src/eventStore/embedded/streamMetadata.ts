import type { JsonObject } from '../../domain/json.js';
import type { StreamMetadata } from '../eventStore.js';

export const metadataType = '$metadata';
export const tombstoneType = '$streamDeleted';
export const metadataPrefix = '$$';

/** What a soft delete writes as `$tb`: EventStoreDB's mark for "all of it". */
export const allTruncated = 2n ** 63n - 1n;

export function metadataStreamOf(streamName: string): string {
  return metadataPrefix + streamName;
}

/** As text, because `$tb` reaches past the numbers that JSON values hold exactly. */
export function metadataToJson(metadata: StreamMetadata): string {
  const fields: string[] = [];
  if (metadata.maxAge !== undefined) fields.push(`"$maxAge":${metadata.maxAge}`);
  if (metadata.maxCount !== undefined) fields.push(`"$maxCount":${metadata.maxCount}`);
  if (metadata.truncateBefore !== undefined) fields.push(`"$tb":${metadata.truncateBefore}`);
  return `{${fields.join(',')}}`;
}

/** Reads an event's text `[id, data, metadata]`. Anything that is not a positive whole number is passed over. */
export function metadataFromText(text: string): StreamMetadata {
  // `$metadata` events are written as JSON like all others.
  const [, data] = JSON.parse(text) as [string, JsonObject, JsonObject];
  const truncateBefore = truncateBeforeOf(data.$tb, text);
  return {
    ...(isCount(data.$maxAge) ? { maxAge: data.$maxAge } : {}),
    ...(isCount(data.$maxCount) ? { maxCount: data.$maxCount } : {}),
    ...(truncateBefore === undefined ? {} : { truncateBefore }),
  };
}

function truncateBeforeOf(value: unknown, text: string): bigint | undefined {
  if (typeof value !== 'number' || value < 0) return undefined;
  if (Number.isSafeInteger(value)) return BigInt(value);
  const digits = /"\$tb":(\d{16,19})[,}]/.exec(text)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

export function isSoftDeleted(metadata: StreamMetadata | undefined): boolean {
  return metadata?.truncateBefore === allTruncated;
}
