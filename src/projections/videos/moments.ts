import { type PausePoint, type VideoSegment, videoBounds } from './document.js';

/** Milliseconds that places in a video are told apart by. */
const grain = 10_000;

/**
 * From the ten seconds it begins in to those it ends in. Beyond the bound the rarest (of several, the one furthest
 * into the video) makes room.
 */
export function addSegment(segments: VideoSegment[], from: number, to: number): void {
  const start = Math.floor(from / grain) * grain;
  const end = Math.ceil(to / grain) * grain;
  const present = segments.find((segment) => segment.from === start && segment.to === end);
  if (present !== undefined) {
    present.count += 1;
    return;
  }
  if (segments.length >= videoBounds.segments) dropRarest(segments, (segment) => segment.from);
  segments.push({ from: start, to: end, count: 1 });
}

/** Bounded as segments are. */
export function addPausePoint(points: PausePoint[], position: number): void {
  const place = Math.round(position / grain) * grain;
  const present = points.find((point) => point.position === place);
  if (present !== undefined) {
    present.count += 1;
    return;
  }
  if (points.length >= videoBounds.pausePoints) dropRarest(points, (point) => point.position);
  points.push({ position: place, count: 1 });
}

function dropRarest<T extends { readonly count: number }>(entries: T[], placeOf: (entry: T) => number): void {
  let rarest = 0;
  for (let i = 1; i < entries.length; i++) {
    const a = entries[i] as T;
    const b = entries[rarest] as T;
    if (a.count < b.count || (a.count === b.count && placeOf(a) > placeOf(b))) rarest = i;
  }
  entries.splice(rarest, 1);
}
