import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { simulate } from '../src/cli/demo/simulate.js';
import { testAdminToken, testWriteKey } from '../test/support/serverProcess.js';

export interface WorkloadEvents {
  readonly source: string;
  /** One message a line, as JSON text, in the order of time. */
  readonly byTime: readonly string[];
  /** The same messages, one person after the other. */
  readonly byUser: readonly string[];
}

/** The shared data set of online courses where it is there, else the simulator of the demonstration. */
export function loadWorkloadEvents(count: number): WorkloadEvents {
  const shared = resolve(process.env.WAYMARK_SHARED ?? '../shared');
  const tool = join(shared, 'tools', 'mooc-events.mjs');
  const found = existsSync(tool);
  const byTime = found ? moocEvents(tool).slice(0, count) : simulatedEvents(count);
  const withUser = byTime.map((text, order) => ({ text, order, user: userOf(text) }));
  withUser.sort((a, b) => (a.user < b.user ? -1 : a.user > b.user ? 1 : a.order - b.order));
  return {
    source: found ? 'ten online courses (mooc)' : 'simulator of the demonstration',
    byTime,
    byUser: withUser.map(({ text }) => text),
  };
}

function moocEvents(tool: string): string[] {
  const output = execFileSync(process.execPath, [tool, '--by-time'], { maxBuffer: 1 << 30 });
  return output
    .toString()
    .split('\n')
    .filter((line) => line !== '');
}

function simulatedEvents(count: number): string[] {
  const messages = simulate({ seed: 1, learners: 5_000, startsAt: Date.parse('2026-01-05T00:00:00Z') });
  return Array.from({ length: count }, () => {
    const { at, message } = messages.next().value;
    return JSON.stringify({ ...message, timestamp: new Date(at).toISOString() });
  });
}

function userOf(text: string): string {
  const { userId, anonymousId }: { userId?: string; anonymousId?: string } = JSON.parse(text);
  return userId ?? anonymousId ?? '';
}

/** The same messages, each with an e-mail address of its own. */
export function withPersonalField(events: readonly string[]): string[] {
  return events.map((text, place) => {
    const message: { properties?: object } = JSON.parse(text);
    return JSON.stringify({
      ...message,
      properties: { ...message.properties, email: `person${place}@example.com` },
    });
  });
}

export function batchRequests(events: readonly string[], size: number): Buffer[] {
  const requests: Buffer[] = [];
  for (let from = 0; from < events.length; from += size) {
    requests.push(post('/v1/batch', `{"batch":[${events.slice(from, from + size).join(',')}]}`));
  }
  return requests;
}

export function singleRequests(events: readonly string[]): Buffer[] {
  return events.map((text) => {
    const { type }: { type: string } = JSON.parse(text);
    return post(`/v1/${type}`, text);
  });
}

export function readRequest(path: string): Buffer {
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${testAdminToken}\r\n\r\n`,
  );
}

function post(path: string, body: string): Buffer {
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${testWriteKey}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
