import { z } from 'zod';
import { interventionResponses } from '../../domain/intervention/commands.js';
import type { InboxMessage } from '../../queries/inbox.js';
import { identifier } from '../reads/parameters.js';

/** What one connection may do. Sizes in bytes, times in milliseconds. */
export interface LiveLimits {
  /** Of a message from the client; a larger one closes the connection (1009). */
  readonly messageBytes: number;
  readonly subscriptions: number;
  /** Waiting to be read by the client; beyond it the connection is closed. */
  readonly bufferedBytes: number;
  /** For a client that is behind to read what waits for it. */
  readonly stallTimeout: number;
  /** Messages from the client at once, and refilled each second. */
  readonly burst: number;
  readonly perSecond: number;
  /** A ping is sent this often; a client that has not answered the one before is cut off. */
  readonly pingInterval: number;
  /** Shortest time between two summaries of the channel `metrics`. */
  readonly metricsInterval: number;
  /** Connections of all clients together. */
  readonly connections: number;
}

export const defaultLiveLimits: LiveLimits = {
  messageBytes: 16 * 1024,
  subscriptions: 8,
  bufferedBytes: 1024 * 1024,
  stallTimeout: 10_000,
  burst: 100,
  perSecond: 20,
  pingInterval: 20_000,
  metricsInterval: 1000,
  connections: 10_000,
};

const maxChannels = 32;
const channelPattern = /^(?:struggles|interventions|metrics|(?:profile|inbox):.+)$/s;

const channel = identifier('A channel.').regex(
  channelPattern,
  'must be struggles, interventions, metrics, profile:{userId} or inbox:{userId}',
);

export const interventionId = z
  .string()
  .regex(/^[\w.:-]{1,200}$/, 'must be the id of a message')
  .meta({ description: 'The id of a message.' });

export const interventionResponse = z
  .enum(interventionResponses)
  .meta({ description: 'What the person did with the message. Any of them takes it out of the inbox.' });

/** What a client may send. */
export const liveRequest = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    channels: z.array(channel).min(1).max(maxChannels),
    from: z
      .string()
      .regex(/^(?:start|\d{1,20}(?:\/\d{1,20})?)$/, 'must be the position of a message received')
      .nullish(),
    purpose: z.string().max(64).nullish(),
    ticket: z.string().max(64).nullish(),
  }),
  z.strictObject({
    type: z.literal('ack'),
    id: interventionId,
    response: interventionResponse.default('seen'),
  }),
  z.strictObject({ type: z.literal('ping') }),
]);
export type LiveRequest = z.output<typeof liveRequest>;

/** Codes of WebSocket close frames beyond those of RFC 6455. */
export const closeCodes = {
  goingAway: 1001,
  policyViolation: 1008,
  internalError: 1011,
  tooSlow: 4008,
} as const;

/** A message of the inbox as clients see it. */
export const inboxMessage = z.object({
  id: z.string().meta({ description: 'Names the message in a response.' }),
  title: z.string().meta({ description: 'Plain text, at most 80 characters.' }),
  body: z.string().meta({ description: 'Plain text, at most 400 characters.' }),
  language: z.string().meta({ description: 'BCP 47 tag of the text.' }),
  struggleId: z
    .string()
    .nullable()
    .meta({ description: 'Null where something other than a struggle led to it.' }),
  featureId: z.string().nullable(),
  signalType: z.string().nullable(),
  severity: z.string().nullable(),
  deliveredAt: z.string().meta({ format: 'date-time' }),
  expiresAt: z.string().meta({ format: 'date-time', description: 'Not to be shown after this time.' }),
});

export function toInboxMessage({
  deliveredAt,
  expiresAt,
  position: _,
  subject: __,
  ...rest
}: InboxMessage): z.output<typeof inboxMessage> {
  return {
    ...rest,
    deliveredAt: new Date(deliveredAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}
