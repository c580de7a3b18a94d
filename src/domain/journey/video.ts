import type { JsonObject, JsonValue } from '../json.js';
import { cut } from '../text.js';
import type { UserMessage } from './commands.js';
import type { VideoAction, VideoActionKind } from './events.js';

/** Segment's video specification: playback and content events, positions and lengths in seconds. */
const actions: ReadonlyMap<string, VideoActionKind> = new Map([
  ['Video Playback Started', 'started'],
  ['Video Content Started', 'started'],
  ['Video Content Playing', 'playing'],
  ['Video Playback Paused', 'paused'],
  ['Video Playback Resumed', 'resumed'],
  ['Video Playback Seek Completed', 'seeked'],
  ['Video Playback Completed', 'completed'],
  ['Video Content Completed', 'completed'],
  ['Video Playback Interrupted', 'interrupted'],
  ['Video Playback Exited', 'interrupted'],
  ['Video Playback Rate Changed', 'rateChanged'],
  // Of the events API, where no action says more.
  ['Video Engagement', 'playing'],
]);

/** What a message means for a video, undefined where it is not about one or names none. */
export function interpretVideo(message: UserMessage): VideoAction | undefined {
  if (message.kind !== 'track' || message.name === undefined || !message.name.startsWith('Video '))
    return undefined;
  const action = actions.get(message.name);
  const properties = message.properties;
  if (action === undefined || properties === undefined) return undefined;
  const videoId = videoIdOf(properties);
  if (videoId === undefined) return undefined;
  const video: { -readonly [K in keyof VideoAction]: VideoAction[K] } = { videoId, action };
  const position = milliseconds(
    action === 'seeked' ? (properties.seek_position ?? properties.position) : properties.position,
  );
  if (position !== undefined) video.position = position;
  if (action === 'seeked') {
    const from = milliseconds(properties.seek_position === undefined ? undefined : properties.position);
    if (from !== undefined) video.seekFrom = from;
  }
  const duration = milliseconds(properties.total_length);
  if (duration !== undefined && duration > 0) video.duration = duration;
  const speed = properties.playback_rate ?? properties.playbackSpeed;
  if (typeof speed === 'number' && speed > 0 && speed <= 16) video.playbackSpeed = speed;
  return video;
}

function videoIdOf(properties: JsonObject): string | undefined {
  for (const key of ['asset_id', 'content_asset_id', 'videoId', 'video_id'] as const) {
    const value = properties[key];
    if (typeof value === 'string' && value !== '') return cut(value, 200);
  }
  const list = properties.content_asset_ids;
  const first = Array.isArray(list) ? list[0] : undefined;
  return typeof first === 'string' && first !== '' ? cut(first, 200) : undefined;
}

/** Seconds to whole milliseconds; nothing for what is no time. At most a week, so that sums stay exact. */
function milliseconds(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= 604_800 ? Math.round(value * 1000) : undefined;
}
