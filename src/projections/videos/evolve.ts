import type { UserEventData, VideoAction } from '../../domain/journey/events.js';
import type { JsonObject } from '../../domain/json.js';
import { deviceTypeOf } from '../device.js';
import { recurringDocumentId } from '../documentId.js';
import type { VideoDocument, VideoEngagementDocument } from './document.js';
import { addPausePoint, addSegment } from './moments.js';
import { watchedSince } from './watchTime.js';

export function emptyEngagement(
  tenantId: string,
  subject: string,
  videoId: string,
  at: number,
): VideoEngagementDocument {
  return {
    id: engagementId(tenantId, subject, videoId),
    tenantId,
    subject,
    videoId,
    viewCount: 0,
    totalWatchTime: 0,
    completion: null,
    completed: false,
    furthestPosition: 0,
    duration: null,
    segmentsReplayed: [],
    skipSegments: [],
    pausePoints: [],
    playbackSpeed: 1,
    accessedFrom: null,
    deviceType: 'unknown',
    firstWatchedAt: at,
    lastWatchedAt: at,
    playback: { action: null, playing: false, at, position: null },
  };
}

export function engagementId(tenantId: string, subject: string, videoId: string): string {
  return recurringDocumentId(tenantId, `${subject}/${videoId}`);
}

export function emptyVideo(tenantId: string, videoId: string, at: number): VideoDocument {
  return {
    id: recurringDocumentId(tenantId, videoId),
    tenantId,
    videoId,
    views: 0,
    viewers: 0,
    totalWatchTime: 0,
    completions: 0,
    completionSum: 0,
    measured: 0,
    duration: null,
    firstWatchedAt: at,
    lastWatchedAt: at,
  };
}

/**
 * An event that occurred before the latest one seen counts as a view, a pause or a seek and for how far the person
 * came, but adds no watch time: what lay between has been counted, or not, with the events after it.
 */
export function addVideoAction(
  document: VideoEngagementDocument,
  video: VideoAction,
  { context }: UserEventData,
  at: number,
): void {
  const { playback } = document;
  const isLate = playback.action !== null && at < playback.at;
  const beginsUnannounced =
    playback.action === null && (video.action === 'playing' || video.action === 'resumed');
  if (video.action === 'started' || beginsUnannounced) document.viewCount += 1;
  if (video.duration !== undefined) document.duration = Math.max(document.duration ?? 0, video.duration);
  if (!isLate) document.totalWatchTime += watchedSince(document, video, at);
  addMoment(document, video, isLate);
  reach(document, video);
  document.firstWatchedAt = Math.min(document.firstWatchedAt, at);
  document.lastWatchedAt = Math.max(document.lastWatchedAt, at);
  if (isLate) return;
  if (video.playbackSpeed !== undefined) document.playbackSpeed = video.playbackSpeed;
  if (context !== undefined) addContext(document, context);
  playback.playing = isPlayingAfter(video, playback.playing);
  playback.action = video.action;
  playback.at = at;
  playback.position = video.position ?? null;
}

function isPlayingAfter({ action }: VideoAction, before: boolean): boolean {
  switch (action) {
    case 'started':
    case 'playing':
    case 'resumed':
      return true;
    case 'paused':
    case 'completed':
    case 'interrupted':
      return false;
    case 'seeked':
    case 'rateChanged':
      return before;
  }
}

function addMoment(document: VideoEngagementDocument, video: VideoAction, isLate: boolean): void {
  const { action, position } = video;
  if (position === undefined) return;
  if (action === 'paused') addPausePoint(document.pausePoints, position);
  if (action !== 'seeked') return;
  const from = video.seekFrom ?? (isLate ? null : document.playback.position);
  if (from === null || from === position) return;
  if (position < from) addSegment(document.segmentsReplayed, position, from);
  else addSegment(document.skipSegments, from, position);
}

/** Where a seek leads to is not reached until something plays there. */
function reach(document: VideoEngagementDocument, video: VideoAction): void {
  const position = video.action === 'seeked' ? video.seekFrom : video.position;
  if (position !== undefined) document.furthestPosition = Math.max(document.furthestPosition, position);
  if (video.action === 'completed') document.completed = true;
  if (document.completed) document.completion = 10_000;
  else if (document.duration !== null)
    document.completion = Math.min(
      10_000,
      Math.round((document.furthestPosition / document.duration) * 10_000),
    );
}

function addContext(document: VideoEngagementDocument, context: JsonObject): void {
  const deviceType = deviceTypeOf(context);
  if (deviceType !== 'unknown') document.deviceType = deviceType;
  const { page } = context;
  const path = typeof page === 'object' && page !== null && !Array.isArray(page) ? page.path : undefined;
  if (typeof path === 'string') document.accessedFrom = path.slice(0, 300);
}
