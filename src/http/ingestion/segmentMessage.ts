import { z } from 'zod';
import type { JsonValue } from '../../domain/json.js';
import { compileEventCheck } from './eventCheck.js';

const json: z.ZodType<JsonValue | undefined> = z.any();
const jsonObject = z.record(z.string(), json).nullish();
/** Its content is looked at by `readIdentifier`. */
const identifier = z.union([z.string(), z.number(), z.null()]);
const time = z
  .union([z.string(), z.number(), z.null()])
  .optional()
  .meta({ description: 'ISO 8601 with a zone, or epoch milliseconds.' });
const text = z.string().max(256).nullish();

const common = {
  userId: identifier.optional(),
  anonymousId: identifier.optional(),
  messageId: z.string().nullish(),
  timestamp: time,
  originalTimestamp: time,
  sentAt: time,
  context: jsonObject,
};
const viewed = { ...common, name: text, category: text, properties: jsonObject };

/** What each call carries; which call it is, its route says. */
export const segmentCalls = {
  track: z.object({
    event: z.string().min(1).max(256),
    ...common,
    category: text,
    properties: jsonObject,
  }),
  page: z.object(viewed),
  screen: z.object(viewed),
  identify: z.object({ ...common, traits: jsonObject }),
  group: z.object({ groupId: identifier, ...common, traits: jsonObject }),
  alias: z.object({ previousId: identifier, ...common }),
};

/** A message of the Segment HTTP Tracking API: the shape that every other client's is translated to. */
const segmentMessage = z.discriminatedUnion('type', [
  segmentCalls.track.extend({ type: z.literal('track') }),
  segmentCalls.page.extend({ type: z.literal('page') }),
  segmentCalls.screen.extend({ type: z.literal('screen') }),
  segmentCalls.identify.extend({ type: z.literal('identify') }),
  segmentCalls.group.extend({ type: z.literal('group') }),
  segmentCalls.alias.extend({ type: z.literal('alias') }),
]);

export const segmentBatch = z.object({
  batch: z.array(segmentMessage),
  sentAt: time,
  context: jsonObject,
  writeKey: z.string().optional(),
});

export type SegmentMessage = z.infer<typeof segmentMessage>;

export const checkSegmentMessage = compileEventCheck(segmentMessage, 'type');
