import type { WebSocket } from '@fastify/websocket';
import type { RecordInterventionResponse } from '../../commands/interventions.js';
import { CodedError } from '../../domain/errors.js';
import { unreachable } from '../../domain/unreachable.js';
import type { Inbox } from '../../queries/inbox.js';
import type { LiveFeed } from '../../queries/liveFeed.js';
import { actorOf, allowInbox, allowKey, type InboxAccess } from '../inboxAccess.js';
import {
  type AnswerAbout,
  allowUse,
  isRefusable,
  type PersonalValuePorts,
  recordReading,
  showTo,
} from '../personalValues.js';
import { toCodedError } from '../problems.js';
import { personAsReader, type Reader, readerOf } from '../reader.js';
import { parseParameters } from '../reads/parameters.js';
import type { LiveChannel } from './channel.js';
import { type LiveConnection, openConnection } from './connection.js';
import { closeCodes, type LiveLimits, type LiveRequest, liveRequest } from './protocol.js';
import { type ChannelSubscription, openSubscription } from './subscription.js';

export interface LiveSessionOptions {
  readonly feed: LiveFeed;
  readonly inbox: Inbox;
  readonly recordResponse: RecordInterventionResponse;
  /** The pseudonym of a user id. */
  subjectOf(tenantId: string, userId: string): string;
  readonly personalValues: PersonalValuePorts;
  readonly limits: LiveLimits;
  /** Of the connection. */
  readonly correlationId: string;
  /** Told of what went wrong on our side. */
  onError(error: unknown): void;
}

type SubscribeRequest = Extract<LiveRequest, { type: 'subscribe' }>;

/** One client from its first message to its last. Requests are answered one after the other, in their order. */
export function openLiveSession(
  socket: WebSocket,
  access: InboxAccess,
  options: LiveSessionOptions,
  onEnd: () => void,
): LiveConnection {
  const { limits, onError } = options;
  const subscriptions: ChannelSubscription[] = [];
  const taken = new Set<string>();
  let over = false;
  let answering = Promise.resolve();

  async function handle(request: LiveRequest): Promise<void> {
    switch (request.type) {
      case 'subscribe':
        return subscribe(request);
      case 'ack':
        return acknowledge(request.id, request.response);
      case 'ping':
        connection.send({ type: 'pong' });
        return;
      default:
        return unreachable(request);
    }
  }

  async function subscribe(request: SubscribeRequest): Promise<void> {
    const { channels: names, from } = request;
    const channels = names.map((name) => toChannel(name));
    const reader = readerFor(request);
    if (subscriptions.length >= limits.subscriptions) {
      throw new CodedError('conflict', 'There are too many subscriptions here; open another connection.');
    }
    if (new Set([...taken, ...names]).size < taken.size + names.length) {
      throw new CodedError('conflict', 'A channel is subscribed once; open another connection to resume it.');
    }
    for (const name of names) taken.add(name);
    try {
      const about = await admit(reader, channels);
      const subscription = await openSubscription({
        ...options,
        tenantId: access.tenantId,
        channels,
        from: from ?? null,
        metricsInterval: limits.metricsInterval,
        asksConsent: isRefusable(reader.purpose),
        show: async (frame, subject) =>
          subject === undefined || (await mayBeTold(reader, subject))
            ? showTo(options.personalValues, reader, about, frame)
            : undefined,
        send: connection.send,
        isBehind: connection.isBehind,
        drained: connection.drained,
        onFailure(error) {
          onError(error);
          const { code } = toCodedError(error);
          const isKnown = code === 'key-store-unavailable';
          connection.close(closeCodes.internalError, isKnown ? code : 'store-unavailable');
        },
      });
      if (over) subscription.stop();
      else subscriptions.push(subscription);
    } catch (error) {
      for (const name of names) taken.delete(name);
      throw error;
    }
  }

  function readerFor({ purpose, ticket, channels }: SubscribeRequest): Reader {
    if (access.caller === undefined) return personAsReader(access.tenantId);
    const ids = channels.map((name) => splitOnce(name, ':')[1]);
    const stated = { purpose: purpose ?? undefined, ticket: ticket ?? undefined, ids };
    return readerOf(access.caller, stated, { purpose: 'purpose', ticket: 'ticket' });
  }

  /** Following a person is an access of its own, whatever is recorded about them then. */
  async function admit(reader: Reader, channels: readonly LiveChannel[]): Promise<AnswerAbout> {
    const about = { action: 'followLive', correlationId: options.correlationId, subjects: [] };
    if (access.caller === undefined) return about;
    const subjects = channels.flatMap((channel) => ('subject' in channel ? [channel.subject] : []));
    if (access.caller.role === 'support' && new Set(subjects).size > 1) {
      throw new CodedError(
        'forbidden',
        'Support follows one person at a time: subscribe each with its ticket.',
      );
    }
    await allowUse(options.personalValues, reader, subjects);
    await recordReading(options.personalValues, reader, { ...about, subjects });
    return about;
  }

  function mayBeTold({ tenantId, purpose }: Reader, subject: string): Promise<boolean> {
    return options.personalValues.mayUse(tenantId, subject, purpose);
  }

  function toChannel(name: string): LiveChannel {
    const [kind, userId] = splitOnce(name, ':');
    if (kind === 'inbox') {
      const subject = options.subjectOf(access.tenantId, userId);
      allowInbox(access, subject);
      return { name, kind, subject };
    }
    allowKey(access, kind === 'profile' ? 'person' : 'read');
    if (kind === 'profile') return { name, kind, subject: options.subjectOf(access.tenantId, userId) };
    if (kind === 'struggles' || kind === 'interventions' || kind === 'metrics') return { name, kind };
    throw new CodedError('not-found', 'There is no such channel.');
  }

  async function acknowledge(
    id: string,
    response: Extract<LiveRequest, { type: 'ack' }>['response'],
  ): Promise<void> {
    if (access.caller !== undefined) allowKey(access, 'admin');
    const position = await options.recordResponse({
      tenantId: access.tenantId,
      interventionId: id,
      response,
      actor: actorOf(access),
      ...(access.onlyOf === undefined ? {} : { onlyOf: access.onlyOf }),
    });
    connection.send({ type: 'acked', id, response, position });
  }

  async function answer(text: string): Promise<void> {
    if (over) return;
    try {
      await handle(parseRequest(text));
    } catch (error) {
      const coded = toCodedError(error);
      if (coded.code === 'internal-error') onError(error);
      connection.send({ type: 'error', code: coded.code, message: coded.message });
    }
  }

  const connection = openConnection(socket, limits, {
    onText(text) {
      answering = answering.then(() => answer(text));
    },
    onTick() {
      for (const subscription of subscriptions) subscription.tick();
    },
    onClose() {
      over = true;
      for (const subscription of subscriptions) subscription.stop();
      onEnd();
    },
    lastFrame: (code) => ({
      type: 'closing',
      code,
      subscriptions: subscriptions.map(({ channels, position }) => ({ channels, position: position() })),
    }),
  });
  return connection;
}

/** @throws CodedError `invalid-json`, `invalid-parameter` */
function parseRequest(text: string): LiveRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CodedError('invalid-json', 'Send one JSON object a message.');
  }
  return parseParameters(liveRequest, value);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
