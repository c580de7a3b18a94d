import type { VideoAction } from '../../domain/journey/events.js';
import type { VideoEngagementDocument } from './document.js';

/** Without positions to prove more, this much playing at most is taken to lie between two events: ten minutes. */
const longestGap = 600_000;
/** A position may be ahead of the clock by this much: events are sent and rounded at different moments. */
const tolerance = 5_000;

/**
 * Milliseconds of the video played between the last event and this one. Where both say where playback stood and
 * the clock allows it, the distance between; else the time between, times the speed, bounded. A `started` tells
 * nothing of when an earlier playback stopped, so nothing is counted up to it.
 */
export function watchedSince(document: VideoEngagementDocument, video: VideoAction, at: number): number {
  const { playback, playbackSpeed, duration } = document;
  if (!playback.playing || video.action === 'started') return 0;
  const elapsed = (at - playback.at) * playbackSpeed;
  const until = video.action === 'seeked' ? video.seekFrom : video.position;
  if (playback.position !== null && until !== undefined) {
    const distance = until - playback.position;
    if (distance >= 0 && distance <= elapsed + tolerance) return distance;
  }
  return Math.round(Math.min(elapsed, longestGap, duration ?? longestGap));
}
