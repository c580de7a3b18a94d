export const minuteLength = 60_000;
export const hourLength = 60 * minuteLength;
export const dayLength = 24 * hourLength;

/** The whole UTC days since 1970 at a time in epoch milliseconds. */
export function dayOf(at: number): number {
  return Math.floor(at / dayLength);
}

/** The start of the minute, hour or UTC day (`length`) that a time lies in. */
export function startOf(length: number, at: number): number {
  return Math.floor(at / length) * length;
}
