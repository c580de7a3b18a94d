import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** Prints events of online courses as JSON Lines; part of the shared test data. */
export const moocTool = resolve(process.env.WAYMARK_SHARED ?? '../shared', 'tools', 'mooc-events.mjs');
export const moocMissing = existsSync(moocTool) ? false : 'the shared data is not there (WAYMARK_SHARED)';

export interface MoocCounts {
  readonly users: number;
  readonly events: number;
  readonly sessions: number;
  /** Sessions by user id. */
  readonly sessionsOf: ReadonlyMap<string, number>;
}

const idleGap = 30 * 60_000;

/**
 * Counts by itself, sharing no code with the product: a session of a user ends where the next event comes more than
 * 30 minutes after the one before it.
 */
export async function countMoocEvents(lines: AsyncIterable<string> | Iterable<string>): Promise<MoocCounts> {
  const times = new Map<string, number[]>();
  let events = 0;
  for await (const line of lines) {
    if (line === '') continue;
    const { userId, timestamp }: { userId: string; timestamp: string } = JSON.parse(line);
    const known = times.get(userId);
    if (known === undefined) times.set(userId, [Date.parse(timestamp)]);
    else known.push(Date.parse(timestamp));
    events += 1;
  }
  const sessionsOf = new Map<string, number>();
  let sessions = 0;
  for (const [userId, list] of times) {
    list.sort((a, b) => a - b);
    const own = list.filter((at, index) => index === 0 || at - (list[index - 1] ?? 0) > idleGap).length;
    sessionsOf.set(userId, own);
    sessions += own;
  }
  return { users: times.size, events, sessions, sessionsOf };
}

/** The lines that the tool prints for these arguments, for example `--courses 645`. */
export function moocLines(...parameters: string[]): AsyncIterable<string> {
  const child = spawn(process.execPath, [moocTool, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
  return createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
}
