import type { WebSocket } from '@fastify/websocket';
import type { RecordInterventionResponse } from '../../commands/interventions.js';
import { CodedError } from '../../domain/errors.js';
import { unreachable } from '../../domain/unreachable.js';
import type { Inbox } from '../../queries/inbox.js';
import type { LiveFeed } from '../../queries/liveFeed.js';
import { allowAdministrator, allowPerson, type InboxAccess } from '../inboxAccess.js';
import { toCodedError } from '../problems.js';
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
  readonly limits: LiveLimits;
  /** Told of what went wrong on our side. */
  onError(error: unknown): void;
}

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
        return subscribe(request.channels, request.from ?? null);
      case 'ack':
        return acknowledge(request.id, request.response);
      case 'ping':
        connection.send({ type: 'pong' });
        return;
      default:
        return unreachable(request);
    }
  }

  async function subscribe(names: readonly string[], from: string | null): Promise<void> {
    const channels = names.map((name) => toChannel(name));
    if (subscriptions.length >= limits.subscriptions) {
      throw new CodedError('conflict', 'There are too many subscriptions here; open another connection.');
    }
    if (new Set([...taken, ...names]).size < taken.size + names.length) {
      throw new CodedError('conflict', 'A channel is subscribed once; open another connection to resume it.');
    }
    for (const name of names) taken.add(name);
    try {
      const subscription = await openSubscription({
        ...options,
        tenantId: access.tenantId,
        channels,
        from,
        metricsInterval: limits.metricsInterval,
        send: connection.send,
        isBehind: connection.isBehind,
        drained: connection.drained,
        onFailure(error) {
          onError(error);
          connection.close(closeCodes.internalError, 'store-unavailable');
        },
      });
      if (over) subscription.stop();
      else subscriptions.push(subscription);
    } catch (error) {
      for (const name of names) taken.delete(name);
      throw error;
    }
  }

  function toChannel(name: string): LiveChannel {
    const [kind, userId] = splitOnce(name, ':');
    if (kind === 'inbox') {
      const subject = options.subjectOf(access.tenantId, userId);
      allowPerson(access, subject);
      return { name, kind, subject };
    }
    allowAdministrator(access);
    if (kind === 'profile') return { name, kind, subject: options.subjectOf(access.tenantId, userId) };
    if (kind === 'struggles' || kind === 'interventions' || kind === 'metrics') return { name, kind };
    throw new CodedError('not-found', 'There is no such channel.');
  }

  async function acknowledge(
    id: string,
    response: Extract<LiveRequest, { type: 'ack' }>['response'],
  ): Promise<void> {
    const position = await options.recordResponse({
      tenantId: access.tenantId,
      interventionId: id,
      response,
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
