import { LRUCache } from 'lru-cache';
import type { PersonFacts } from '../../domain/decision/commands.js';

const minute = 60_000;
const covered = 48 * 60 * minute;
/** The world has about 600; making one costs more than all of its answers. */
const formats = new LRUCache<string, Intl.DateTimeFormat>({ max: 1000 });
/** Of a minute, in which many may be decided about. */
const recentOffsets = new LRUCache<string, number>({ max: 1000 });

/**
 * What is added to UTC in a time zone from `now` on, each change of the clocks within the next two days by itself.
 * @param timeZone IANA name; one that does not exist is UTC
 */
export function utcOffsets(timeZone: string, now: number): PersonFacts['utcOffsets'] {
  const format = formatOf(timeZone);
  const first = knownOffset(format, timeZone, now);
  const offsets = [{ from: now, offset: first }];
  // Nowhere do the clocks change twice in two days: where both ends agree there is no change between.
  const last = knownOffset(format, timeZone, now + covered);
  if (last !== first) offsets.push({ from: changeBetween(format, now, now + covered), offset: last });
  return offsets;
}

/** To the minute, as clocks change. */
function changeBetween(format: Intl.DateTimeFormat, from: number, to: number): number {
  const before = offsetAt(format, from);
  let low = Math.floor(from / minute);
  let high = Math.ceil(to / minute);
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (offsetAt(format, middle * minute) === before) low = middle;
    else high = middle;
  }
  return high * minute;
}

function knownOffset(format: Intl.DateTimeFormat, timeZone: string, at: number): number {
  const key = `${Math.floor(at / minute)} ${timeZone}`;
  const known = recentOffsets.get(key) ?? offsetAt(format, at);
  recentOffsets.set(key, known);
  return known;
}

function offsetAt(format: Intl.DateTimeFormat, at: number): number {
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return local - Math.floor(at / 1000) * 1000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = newFormat(timeZone) ?? newFormat('UTC');
  if (format === undefined) throw new Error('this runtime knows no time zones');
  formats.set(timeZone, format);
  return format;
}

function newFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
}
