import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import { type Adapted, adaptEvents, type Delivery, TranslationFault } from './adapter.js';
import { compileEventCheck } from './eventCheck.js';

const json: z.ZodType<JsonValue | undefined> = z.any();
const jsonObject = z.record(z.string(), json);
const identifier = z.union([z.string(), z.number(), z.null()]).optional();

/** The shape of `POST /api/events/track`. */
const apiEvent = z.object({
  eventType: z.enum([
    'page_view',
    'video_engagement',
    'feature_interaction',
    'struggle_signal',
    'feature_usage',
    'task_completion',
    'abandonment',
  ]),
  userId: identifier,
  anonymousId: identifier,
  messageId: z.string().nullish(),
  timestamp: z.union([z.string(), z.number(), z.null()]).optional(),
  sessionId: z.string().max(256).nullish(),
  featureId: z.string().max(256).nullish(),
  eventData: jsonObject.nullish(),
  deviceInfo: jsonObject.nullish(),
  userContext: jsonObject.nullish(),
});

export const apiEvents = z.union([apiEvent, z.array(apiEvent)]);

type ApiEvent = z.infer<typeof apiEvent>;

const checkApiEvent = compileEventCheck(apiEvent);

const eventNames: Readonly<Record<Exclude<ApiEvent['eventType'], 'page_view'>, string>> = {
  video_engagement: 'Video Engagement',
  feature_interaction: 'Feature Interaction',
  struggle_signal: 'Struggle Signal',
  feature_usage: 'Feature Usage',
  task_completion: 'Task Completion',
  abandonment: 'Abandonment',
};

/** `eventData.action` of a `video_engagement`, in the names of Segment's video specification. */
const videoEventNames: ReadonlyMap<JsonValue | undefined, string> = new Map([
  ['play', 'Video Playback Started'],
  ['start', 'Video Playback Started'],
  ['progress', 'Video Content Playing'],
  ['pause', 'Video Playback Paused'],
  ['resume', 'Video Playback Resumed'],
  ['seek', 'Video Playback Seek Completed'],
  ['complete', 'Video Playback Completed'],
  ['interrupt', 'Video Playback Interrupted'],
  ['rate_change', 'Video Playback Rate Changed'],
]);

/** One event or an array of them. */
export function adaptApiEvents(body: JsonValue, received: Omit<Delivery, 'sentAt'>): Adapted {
  return adaptEvents(Array.isArray(body) ? body : [body], { ...received, sentAt: undefined }, translate);
}

function translate(event: JsonObject): JsonObject | TranslationFault {
  if (!checkApiEvent.accepts(event)) return new TranslationFault(checkApiEvent.rejection());
  const message: JsonObject = {
    userId: event.userId,
    anonymousId: event.anonymousId,
    messageId: event.messageId,
    timestamp: event.timestamp,
    properties: { ...(event.featureId ? { featureId: event.featureId } : undefined), ...event.eventData },
    context: contextOf(event),
  };
  return event.eventType === 'page_view'
    ? { ...message, type: 'page', name: pageNameOf(event) }
    : { ...message, type: 'track', event: eventNameOf(event, event.eventType) };
}

function pageNameOf({ eventData }: ApiEvent): JsonValue | undefined {
  return typeof eventData?.name === 'string' && eventData.name.length <= 256 ? eventData.name : undefined;
}

function eventNameOf({ eventData }: ApiEvent, eventType: keyof typeof eventNames): string {
  const videoName = eventType === 'video_engagement' ? videoEventNames.get(eventData?.action) : undefined;
  return videoName ?? eventNames[eventType];
}

/** The address of the device goes where every address goes, out of the context. */
function contextOf({ sessionId, deviceInfo, userContext }: ApiEvent): JsonObject {
  const { ip, ...device } = deviceInfo ?? {};
  return {
    ...(ip === undefined ? undefined : { ip }),
    ...(sessionId ? { clientSessionId: sessionId } : undefined),
    ...(deviceInfo ? { device } : undefined),
    ...(userContext ? { userContext } : undefined),
  };
}
