import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { VideoActionKind } from '../../domain/journey/events.js';

export const videoEngagementsCollection: CollectionDefinition = {
  name: 'videoEngagements',
  // By the first view, which never changes: an index on the last one would be written with every event.
  indexes: [['tenantId', 'subject', 'firstWatchedAt']],
};

export const videosCollection: CollectionDefinition = {
  name: 'videos',
  indexes: [['tenantId', 'videoId']],
};

export const videoBounds = { segments: 20, pausePoints: 20 } as const;

/** One person and one video. Id: tenant, subject and `videoId`. Times are epoch milliseconds. */
export interface VideoEngagementDocument extends Document {
  readonly tenantId: string;
  readonly subject: string;
  readonly videoId: string;
  viewCount: number;
  /** Milliseconds of the video played, repeats included. */
  totalWatchTime: number;
  /** The furthest position reached by the video's length, in ten-thousandths; null while the length is unknown. */
  completion: number | null;
  completed: boolean;
  furthestPosition: number;
  /** The longest length reported, milliseconds. */
  duration: number | null;
  readonly segmentsReplayed: VideoSegment[];
  readonly skipSegments: VideoSegment[];
  readonly pausePoints: PausePoint[];
  /** The last one reported; 1 until then. */
  playbackSpeed: number;
  accessedFrom: string | null;
  deviceType: string;
  firstWatchedAt: number;
  lastWatchedAt: number;
  /** Where playback stood after the event that occurred last; positions are null where no event gave one. */
  readonly playback: PlaybackState;
}

export interface PlaybackState {
  action: VideoActionKind | null;
  playing: boolean;
  at: number;
  position: number | null;
}

/** From where to where, milliseconds, to the nearest ten seconds, and how often. */
export interface VideoSegment {
  readonly from: number;
  readonly to: number;
  count: number;
}

/** To the nearest ten seconds. */
export interface PausePoint {
  readonly position: number;
  count: number;
}

/** One video over all people. Id: tenant and `videoId`. */
export interface VideoDocument extends Document {
  readonly tenantId: string;
  readonly videoId: string;
  views: number;
  /** Journeys that watched it; two journeys linked later count twice. */
  viewers: number;
  totalWatchTime: number;
  /** Viewers who reached the end. */
  completions: number;
  /** Sum of the viewers' completion, ten-thousandths, over the `measured` ones: those whose video length is known. */
  completionSum: number;
  measured: number;
  duration: number | null;
  firstWatchedAt: number;
  lastWatchedAt: number;
}
