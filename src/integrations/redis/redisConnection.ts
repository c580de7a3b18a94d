import { Redis } from 'ioredis';
import { SharedStateUnavailable } from '../../sharedState/sharedState.js';

export interface RedisTimes {
  /** Milliseconds for one command. */
  readonly command: number;
  /** Milliseconds for connecting. */
  readonly connect: number;
  /** Milliseconds without an answer after which a connection is given up and made anew. */
  readonly silence: number;
}

export const defaultRedisTimes: RedisTimes = { command: 500, connect: 2000, silence: 1500 };

/**
 * A connection that never makes anybody wait for long: while it is away every command fails at once (nothing is queued),
 * and one that accepts and then says nothing is given up after `silence`. It is made again for ever. Thereby the
 * connection is its own circuit breaker: it is open until a server has answered the ready check.
 */
export function openRedisConnection(url: string, name: string, times: RedisTimes): Redis {
  const connection = new Redis(url, {
    connectionName: name,
    commandTimeout: times.command,
    connectTimeout: times.connect,
    socketTimeout: times.silence,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    keepAlive: 10_000,
    retryStrategy: (attempt) => Math.min(1000, 50 * attempt),
    // After a fail-over the old primary refuses writes: the connection is made anew, to the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  // Each failed attempt is an event too, and one that nobody hears ends the process. `check` tells of it.
  connection.on('error', () => undefined);
  return connection;
}

/** @throws SharedStateUnavailable for whatever goes wrong */
export async function asked<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    throw new SharedStateUnavailable(
      `Redis did not do it: ${error instanceof Error ? error.message : 'unknown'}`,
    );
  }
}
