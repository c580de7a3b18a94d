import type { VideoDocument, VideoEngagementDocument } from './document.js';

/** 0–1; null while the video's length is unknown and its end not reached. */
export function completionRateOf({ completion }: VideoEngagementDocument): number | null {
  return completion === null ? null : completion / 10_000;
}

/** 0–1: the mean over the viewers for whom it is known; null where it is known for none. */
export function averageCompletionOf({ completionSum, measured }: VideoDocument): number | null {
  return measured === 0 ? null : completionSum / measured / 10_000;
}
