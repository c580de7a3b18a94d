import { documentId } from '../projections/documentId.js';
import {
  type VideoDocument,
  type VideoEngagementDocument,
  videoEngagementsCollection,
  videosCollection,
} from '../projections/videos/document.js';
import { averageCompletionOf, completionRateOf } from '../projections/videos/rates.js';
import { isoTime } from './models/fields.js';
import type { Video, VideoEngagement } from './models/usage.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import type { PersonView } from './person.js';
import type { View } from './view.js';

/** By id: the order in which a page cannot move while people watch. */
export async function listVideos(view: View, page: PageRequest): Promise<Page<Video>> {
  const found = await view.documents.find<VideoDocument>(videosCollection.name, {
    where: { tenantId: view.tenantId },
    sort: { field: 'videoId', direction: 'asc' },
    ...page,
  });
  return mapPage(found, toVideo);
}

export async function findVideo(view: View, videoId: string): Promise<Video | undefined> {
  const id = documentId(view.tenantId, videoId);
  const document = await view.documents.get<VideoDocument>(videosCollection.name, id);
  return document && toVideo(document);
}

/** Last watched first; a video watched on two journeys, before and after they were linked, is there twice. */
export async function listVideosOf(person: PersonView, page: PageRequest): Promise<Page<VideoEngagement>> {
  const found = await person.documents.find<VideoEngagementDocument>(videoEngagementsCollection.name, {
    where: { tenantId: person.tenantId, subject: { in: person.subjects } },
    sort: { field: 'firstWatchedAt', direction: 'desc' },
    ...page,
  });
  return mapPage(found, (document) => toEngagement(document, person.profile.userId));
}

function toVideo(document: VideoDocument): Video {
  return {
    videoId: document.videoId,
    views: document.views,
    viewers: document.viewers,
    totalWatchTime: document.totalWatchTime,
    completions: document.completions,
    averageCompletionRate: averageCompletionOf(document),
    duration: document.duration,
    firstWatchedAt: isoTime(document.firstWatchedAt),
    lastWatchedAt: isoTime(document.lastWatchedAt),
  };
}

function toEngagement(document: VideoEngagementDocument, userId: string | null): VideoEngagement {
  return {
    userId,
    videoId: document.videoId,
    engagementData: {
      viewCount: document.viewCount,
      totalWatchTime: document.totalWatchTime,
      completionRate: completionRateOf(document),
      completed: document.completed,
      segmentsReplayed: document.segmentsReplayed,
      pausePoints: document.pausePoints,
      skipSegments: document.skipSegments,
      playbackSpeed: document.playbackSpeed,
    },
    contextData: { accessedFrom: document.accessedFrom, deviceType: document.deviceType },
    firstWatchedAt: isoTime(document.firstWatchedAt),
    lastWatchedAt: isoTime(document.lastWatchedAt),
  };
}
