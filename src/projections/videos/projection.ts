import type { UserEvent, VideoAction } from '../../domain/journey/events.js';
import type { Recorded } from '../../domain/metadata.js';
import type { DocumentKey, Documents, Projection } from '../../processors/processor.js';
import { recurringDocumentId } from '../documentId.js';
import { forgetDocument } from '../forgetPast.js';
import { ownerOf } from '../owner.js';
import { isUserEvent, userEventTypes } from '../userEvents.js';
import {
  type VideoDocument,
  type VideoEngagementDocument,
  videoEngagementsCollection,
  videosCollection,
} from './document.js';
import { addVideoAction, emptyEngagement, emptyVideo, engagementId } from './evolve.js';

const engagements = videoEngagementsCollection.name;
const videos = videosCollection.name;
const noKeys: readonly DocumentKey[] = [];

/** One document a person and video, and one a video over all people. */
export const videosProjection: Projection = {
  name: 'videos',
  version: 1,
  collections: [videosCollection, videoEngagementsCollection],
  aboutPersons: [engagements],
  forgetPast: {
    [engagements]: forgetDocument<VideoEngagementDocument>('activity', ({ lastWatchedAt }) => lastWatchedAt),
  },
  eventTypes: userEventTypes,
  keys(recorded) {
    const { event, metadata } = recorded;
    if (!isUserEvent(event) || event.data.video === undefined) return noKeys;
    const { videoId } = event.data.video;
    const { tenantId } = metadata;
    return [
      {
        collection: engagements,
        id: engagementId(tenantId, ownerOf(recorded, event.data.linkedTo), videoId),
      },
      { collection: videos, id: recurringDocumentId(tenantId, videoId) },
    ];
  },
  evolve(recorded, documents): void {
    const { event } = recorded;
    if (!isUserEvent(event) || event.data.video === undefined) return;
    watch(recorded, event, event.data.video, documents);
  },
};

function watch(
  recorded: Recorded<unknown>,
  event: UserEvent,
  video: VideoAction,
  documents: Documents,
): void {
  const { tenantId, occurredAt } = recorded.metadata;
  const { videoId } = video;
  const subject = ownerOf(recorded, event.data.linkedTo);
  const known = documents.get<VideoEngagementDocument>(engagements, engagementId(tenantId, subject, videoId));
  const engagement = known ?? emptyEngagement(tenantId, subject, videoId, occurredAt);
  const total =
    documents.get<VideoDocument>(videos, recurringDocumentId(tenantId, videoId)) ??
    emptyVideo(tenantId, videoId, occurredAt);
  if (known === undefined) total.viewers += 1;
  addShare(total, engagement, -1);
  addVideoAction(engagement, video, event.data, occurredAt);
  addShare(total, engagement, 1);
  total.firstWatchedAt = Math.min(total.firstWatchedAt, engagement.firstWatchedAt);
  total.lastWatchedAt = Math.max(total.lastWatchedAt, engagement.lastWatchedAt);
  if (engagement.duration !== null) total.duration = Math.max(total.duration ?? 0, engagement.duration);
  documents.put(engagements, engagement);
  documents.put(videos, total);
}

/** What one person adds to the video's totals is taken out before an event and put back after it. All are integers. */
function addShare(total: VideoDocument, engagement: VideoEngagementDocument, sign: 1 | -1): void {
  total.views += sign * engagement.viewCount;
  total.totalWatchTime += sign * engagement.totalWatchTime;
  if (engagement.completed) total.completions += sign;
  if (engagement.completion !== null) {
    total.completionSum += sign * engagement.completion;
    total.measured += sign;
  }
}
