import { EventEmitter } from 'node:events';
import type { Redis } from 'ioredis';
import type { SharedState } from '../../sharedState/sharedState.js';
import { asked, defaultRedisTimes, openRedisConnection, type RedisTimes } from './redisConnection.js';
import { acquireLease, releaseLease, renewLease, takeTokens } from './scripts.js';

/** Milliseconds between two looks whether the connection that only listens still lives. */
const listenerCheck = 1000;

export interface RedisSharedStateOptions {
  /** `redis://` or `rediss://`, credentials and database number in it. */
  readonly url: string;
  /** Before every key and topic, so that installations can share a server. */
  readonly prefix?: string;
  readonly times?: RedisTimes;
}

type Script = 'takeTokens' | 'acquireLease' | 'renewLease' | 'releaseLease';

/**
 * Connects in the background: it can be opened, and everything else started, while Redis is away. Redis takes part in
 * nothing that has to be durable; see the port.
 */
export function openRedisSharedState(options: RedisSharedStateOptions): SharedState {
  const { url, prefix = 'waymark', times = defaultRedisTimes } = options;
  const commands = openRedisConnection(url, 'waymark', times);
  const listener = openRedisConnection(url, 'waymark-listener', times);
  const topics = listenOn(listener, `${prefix}:topic:`);

  const define = (name: Script, numberOfKeys: number, lua: string) =>
    commands.defineCommand(name, { numberOfKeys, lua });
  define('takeTokens', 1, takeTokens);
  define('acquireLease', 2, acquireLease);
  define('renewLease', 2, renewLease);
  define('releaseLease', 1, releaseLease);
  const run = (script: Script, ...args: (string | number)[]): Promise<unknown> =>
    asked(scriptOf(commands, script)(...args));

  const leaseKey = (name: string) => `${prefix}:lease:{${name}}`;
  const tokenKey = (name: string) => `${prefix}:lease:{${name}}:token`;

  return {
    async takeTokens(bucket, { perSecond, burst }, tokens = 1) {
      const wait = await run('takeTokens', `${prefix}:bucket:{${bucket}}`, perSecond, burst, tokens);
      return { allowed: wait === 0, retryAfter: Number(wait) };
    },
    async acquireLease(name, duration) {
      const token = await run('acquireLease', leaseKey(name), tokenKey(name), duration);
      return typeof token === 'string' ? { name, token: Number(token) } : undefined;
    },
    async renewLease({ name, token }, duration) {
      return (await run('renewLease', leaseKey(name), tokenKey(name), token, duration)) === 1;
    },
    async releaseLease({ name, token }) {
      await run('releaseLease', leaseKey(name), token);
    },
    async publish(topic, message) {
      await asked(commands.publish(`${prefix}:topic:${topic}`, message));
    },
    subscribe: topics.subscribe,
    async check() {
      await asked(commands.ping());
    },
    async close() {
      topics.close();
      listener.disconnect();
      commands.disconnect();
    },
  };
}

/** What `defineCommand` adds, which the client's types cannot know. */
function scriptOf(connection: Redis, name: Script): (...args: (string | number)[]) => Promise<unknown> {
  const script: unknown = Reflect.get(connection, name);
  if (typeof script !== 'function') throw new Error(`the script ${name} was not defined`);
  return (...args) => script.apply(connection, args);
}

/**
 * Topics on a connection of its own, since one that listens can do nothing else. What was asked for while it was away is
 * asked for again each time it is back.
 */
function listenOn(connection: Redis, prefix: string) {
  const messages = new EventEmitter().setMaxListeners(0);
  connection.on('message', (channel: string, message: string) => messages.emit(channel, message));
  connection.on('ready', () => {
    const channels = messages.eventNames().map(String);
    if (channels.length > 0) connection.subscribe(...channels).catch(() => undefined);
  });
  // Without a word from the server within `silence` the connection is given up, so it has to be asked for one.
  const timer = setInterval(() => {
    connection.ping().catch(() => undefined);
  }, listenerCheck);
  timer.unref();
  return {
    subscribe(topic: string, onMessage: (message: string) => void): () => void {
      const channel = `${prefix}${topic}`;
      const isFirst = messages.listenerCount(channel) === 0;
      messages.on(channel, onMessage);
      if (isFirst) connection.subscribe(channel).catch(() => undefined);
      return () => {
        messages.off(channel, onMessage);
        if (messages.listenerCount(channel) === 0) connection.unsubscribe(channel).catch(() => undefined);
      };
    },
    close: () => clearInterval(timer),
  };
}
