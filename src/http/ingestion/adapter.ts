import type { IncomingMessage, RejectedInput } from '../../commands/incomingMessage.js';
import { CodedError } from '../../domain/errors.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import { readIdentifier } from './identifier.js';
import { cleanObject, isJsonObject } from './json.js';
import { addContent } from './messageContent.js';
import { contentMessageId, randomMessageId } from './messageId.js';
import { type Rejection, rejectedInput } from './rejections.js';
import { checkSegmentMessage, type SegmentMessage } from './segmentMessage.js';
import { occurrenceTime, readTime } from './time.js';
import { overLimits } from './weigh.js';

/** What is true of all events of one delivery. */
export interface Delivery {
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /**
   * When the client says it sent the whole of it, epoch milliseconds; a message's own `sentAt` comes first.
   * `recorded` for history, whose `sentAt` speaks of another delivery long ago: times are taken as they are.
   */
  readonly sentAt: number | undefined | 'recorded';
  /** As `parseJson` says. */
  readonly needsCleaning: boolean;
}

export interface Adapted {
  readonly messages: readonly IncomingMessage[];
  readonly rejected: readonly RejectedInput[];
}

/** Turns one event of another client's shape, whose size is within the limits, into a Segment message. */
export type Translate = (event: JsonObject) => JsonObject | TranslationFault;

export class TranslationFault {
  constructor(readonly rejection: Rejection) {}
}

/** Bounds the answer, which names every rejected event. */
const mostEvents = 5000;

/**
 * Checks each event by itself: a bad one is rejected with its reason and the others go on.
 * @throws CodedError `body-too-large` for more events than one delivery may hold
 */
export function adaptEvents(
  events: readonly JsonValue[],
  delivery: Delivery,
  translate?: Translate,
): Adapted {
  if (events.length > mostEvents) {
    throw new CodedError('body-too-large', `Send at most ${mostEvents} events at once.`);
  }
  const messages: IncomingMessage[] = [];
  const rejected: RejectedInput[] = [];
  for (const [index, event] of events.entries()) {
    const outcome = adaptEvent(event, index, delivery, translate);
    if ('code' in outcome) rejected.push(rejectedInput(index, messageIdOf(event), outcome, event));
    else messages.push(outcome);
  }
  return { messages, rejected };
}

function adaptEvent(
  event: JsonValue,
  index: number,
  delivery: Delivery,
  translate: Translate | undefined,
): IncomingMessage | Rejection {
  if (!isJsonObject(event)) return { code: 'not-an-object' };
  const fault = overLimits(event);
  if (fault !== undefined) return fault;
  const message = translate === undefined ? event : translate(event);
  if (message instanceof TranslationFault) return message.rejection;
  if (!checkSegmentMessage.accepts(message)) return checkSegmentMessage.rejection();
  return toIncomingMessage(message, index, delivery);
}

function toIncomingMessage(
  message: JsonObject & SegmentMessage,
  index: number,
  delivery: Delivery,
): IncomingMessage | Rejection {
  const userId = readIdentifier(message.userId);
  if (userId === undefined) return { code: 'invalid-user-id' };
  const anonymousId = readIdentifier(message.anonymousId);
  if (anonymousId === undefined) return { code: 'invalid-anonymous-id' };
  if (userId === '' && anonymousId === '') return { code: 'missing-id' };
  const givenId = readIdentifier(message.messageId);
  if (givenId === undefined) return { code: 'invalid-message-id' };

  const timestamp = readTime(message.timestamp);
  const originalTimestamp = readTime(message.originalTimestamp);
  const sentAt = delivery.sentAt === 'recorded' ? undefined : (readTime(message.sentAt) ?? delivery.sentAt);
  if (Number.isNaN(timestamp) || Number.isNaN(originalTimestamp) || Number.isNaN(sentAt)) {
    return { code: 'invalid-timestamp' };
  }
  const hasTime = timestamp !== undefined || originalTimestamp !== undefined;

  return addContent(
    {
      index,
      kind: message.type,
      messageId: givenId || (hasTime ? contentMessageId(message) : randomMessageId()),
      occurredAt: occurrenceTime({ timestamp, originalTimestamp, sentAt }, delivery.receivedAt),
      ...(userId === '' ? undefined : { userId }),
      ...(anonymousId === '' ? undefined : { anonymousId }),
    },
    // Ids were read before: broken text in an id is refused, in all else it is mended. Mending changes neither the
    // fields' names nor their types.
    delivery.needsCleaning ? (cleanObject(message) as JsonObject & SegmentMessage) : message,
  );
}

/** For the answer: the client's own id of a rejected event, where it has a valid one. */
function messageIdOf(event: JsonValue): string | null {
  return isJsonObject(event) && typeof event.messageId === 'string'
    ? readIdentifier(event.messageId) || null
    : null;
}
