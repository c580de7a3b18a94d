import { CodedError } from '../../domain/errors.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import { type Adapted, adaptEvents, type Delivery } from './adapter.js';
import { isJsonObject } from './json.js';
import type { SegmentMessage } from './segmentMessage.js';
import { readTime } from './time.js';

export type SegmentKind = SegmentMessage['type'];

type Received = Omit<Delivery, 'sentAt'>;

/** `POST /v1/track` and its like: the address says the type, whatever the message says. */
export function adaptSegmentCall(kind: SegmentKind, body: JsonValue, received: Received): Adapted {
  const event = isJsonObject(body) && body.type !== kind ? { ...body, type: kind } : body;
  return adaptEvents([event], { ...received, sentAt: undefined });
}

/**
 * `POST /v1/batch`. The batch's `sentAt` and `context` hold for messages without their own.
 * @throws CodedError `invalid-parameter` for a body without a `batch`
 */
export function adaptSegmentBatch(body: JsonValue, received: Received): Adapted {
  if (!isJsonObject(body) || !Array.isArray(body.batch)) {
    throw new CodedError('invalid-parameter', 'Send the events as an array named batch.', {
      errors: [{ path: '/batch', code: 'type', message: 'must be an array of events' }],
    });
  }
  const sentAt = readTime(body.sentAt);
  const { context } = body;
  const events = isJsonObject(context) ? body.batch.map((event) => withContext(event, context)) : body.batch;
  return adaptEvents(events, { ...received, sentAt: Number.isNaN(sentAt) ? undefined : sentAt });
}

/** Recorded messages, for example the lines of a file: their own times hold, uncorrected. */
export function adaptSegmentHistory(messages: readonly JsonValue[], received: Received): Adapted {
  return adaptEvents(messages, { ...received, sentAt: 'recorded' });
}

function withContext(event: JsonValue, context: JsonObject): JsonValue {
  if (!isJsonObject(event)) return event;
  return { ...event, context: isJsonObject(event.context) ? { ...context, ...event.context } : context };
}
