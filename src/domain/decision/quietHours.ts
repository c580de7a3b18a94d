import type { QuietHours } from '../helpPolicy/policy.js';
import type { PersonFacts } from './commands.js';

const minute = 60_000;
const day = 24 * 60 * minute;

/**
 * When the quiet hours end that `now` is in by the person's own clock, epoch milliseconds; undefined outside of them.
 * Right also where the clocks change meanwhile: the end is when the person's clock first shows a time that is not quiet.
 */
export function quietUntil(
  { from, to }: Pick<QuietHours, 'from' | 'to'>,
  utcOffsets: PersonFacts['utcOffsets'],
  now: number,
): number | undefined {
  const [begin, end] = [timeOfDay(from), timeOfDay(to)];
  const isQuiet = (local: number) =>
    begin < end ? local >= begin && local < end : local >= begin || local < end;
  const present = utcOffsets.findLastIndex((each) => each.from <= now);
  for (let index = Math.max(present, 0); index < utcOffsets.length; index += 1) {
    const offset = utcOffsets[index]?.offset ?? 0;
    const start = Math.max(now, utcOffsets[index]?.from ?? now);
    const local = modulo(start + offset, day);
    if (!isQuiet(local)) return start === now ? undefined : start;
    const until = start + modulo(end - local, day);
    if (until < (utcOffsets[index + 1]?.from ?? Number.POSITIVE_INFINITY)) return until;
  }
  return undefined;
}

/** Milliseconds since midnight of `HH:MM`. */
function timeOfDay(text: string): number {
  return (Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5))) * minute;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
