import { setTimeout as wait } from 'node:timers/promises';
import { exitCodes } from '../arguments.js';
import type { DemoInvocation } from '../commands.js';
import { createHttpSender } from '../import/httpSender.js';
import { showProgress } from '../progress.js';
import { demoGuide } from './guide.js';
import { type Playback, playHistory, playLive } from './play.js';
import { simulate } from './simulate.js';

/** A running server, as its clients see it. */
export interface DemoServer {
  readonly url: string;
  readonly writeKey: string;
  readonly adminToken: string;
  close(): Promise<void>;
}

export interface DemoParts {
  readonly startServer: () => Promise<DemoServer>;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const hour = 3_600_000;
/** The simulated day is this old when the demonstration begins, whatever the clock says: people are at work. */
const beginsAtHour = 9 * hour;

/** `waymark demo`: a server, some days of history, then live traffic until stopped. */
export async function demoCommand(invocation: DemoInvocation, parts: DemoParts): Promise<number> {
  const { seed, learners, days, speed } = invocation;
  const { signal } = parts;
  const sleep = (milliseconds: number) => wait(milliseconds, undefined, { signal }).catch(() => undefined);
  const server = await parts.startServer();
  try {
    const begins = parts.now();
    const startsAt = begins - beginsAtHour - days * 24 * hour;
    const seen = new Set<string>();
    const send = sendTo(server, signal, sleep);
    const playback: Playback = {
      messages: simulate({ seed, learners, startsAt }),
      send: (messages) => {
        for (const { userId } of messages) if (userId !== undefined) seen.add(userId);
        return send(messages);
      },
      now: parts.now,
      signal,
    };
    const first = await sendHistory(playback, startsAt, begins);
    if (first === undefined) return exitCodes.ok;
    parts.print(demoGuide(server, invocation, seen));
    await playLive(playback, first, { startsAt: begins, speed, sleep });
    return exitCodes.ok;
  } catch (error) {
    if (signal.aborted) return exitCodes.ok;
    throw error;
  } finally {
    await server.close();
  }
}

async function sendHistory(playback: Playback, startsAt: number, until: number) {
  const progress = showProgress('History', until - startsAt);
  try {
    return await playHistory(playback, until, (at, count) => {
      progress.update(Math.min(at, until) - startsAt, `${count} events`);
    });
  } finally {
    progress.stop();
  }
}

function sendTo(
  server: DemoServer,
  signal: AbortSignal,
  sleep: (milliseconds: number) => Promise<void>,
): Playback['send'] {
  const send = createHttpSender({
    url: server.url,
    key: server.writeKey,
    signal,
    sleep,
    random: Math.random,
  });
  return async (messages) => {
    const result = await send(
      messages.map((message, number) => ({ number, text: JSON.stringify(message), message })),
    );
    const [refused] = result.rejected;
    if (refused !== undefined) throw new Error(`the server rejected a simulated event: ${refused.message}`);
  };
}
