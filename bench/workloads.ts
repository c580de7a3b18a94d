import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessorStatus } from '../src/processors/processor.js';
import { type ServerProcess, startServerProcess } from '../test/support/serverProcess.js';
import { get, untilProcessors, untilProjected } from './caughtUp.js';
import { type LoadResult, load, percentile } from './load.js';
import type { Results } from './results.js';
import { serverMemory } from './serverMemory.js';
import { readRequest } from './workloadEvents.js';

const loadDeadline = 120_000;
const mebibyte = 1024 * 1024;

/** A server on an empty folder in a process of its own, gone afterwards together with the folder. */
export async function withServer(
  use: (server: ServerProcess, dataFolder: string) => Promise<void>,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'waymark-bench-'));
  try {
    const server = await startServerProcess(dataFolder, environment);
    try {
      await use(server, dataFolder);
    } finally {
      await server.kill();
    }
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

export function portOf(server: ServerProcess): number {
  return Number(new URL(server.url).port);
}

export interface Workload {
  readonly requests: readonly Buffer[];
  readonly events: number;
  readonly connections: number;
}

/** Of a workload, before the clock starts: a server that has just started compiles beside the first tens of thousands. */
const warmUpShare = 0.25;

/** Sends all, of which there is something, and waits until every projection has seen the last event. */
export async function sendAll(
  name: string,
  server: ServerProcess,
  { requests, connections }: Omit<Workload, 'events'>,
): Promise<LoadResult> {
  const port = portOf(server);
  const sent = await load({ port, requests, connections, deadlineMilliseconds: loadDeadline });
  expectComplete(name, sent, requests.length);
  if (sent.position === undefined) throw new Error(`${name}: the answers name no position`);
  await untilProjected(server, sent.position);
  return sent;
}

/**
 * Sends all events, of which the last three quarters are measured. `durable` counts until the last 2xx, `projected` until
 * every projection has seen the last event.
 * @returns durable events a second
 */
export async function ingestion(
  results: Results,
  name: string,
  { requests, connections, events }: Workload,
  server: ServerProcess,
): Promise<number> {
  const first = Math.floor(requests.length * warmUpShare);
  if (first > 0) await sendAll(name, server, { requests: requests.slice(0, first), connections });
  const measured = (events * (requests.length - first)) / requests.length;
  const startedAt = performance.now();
  const sent = await sendAll(name, server, { requests: requests.slice(first), connections });
  const projected = performance.now() - startedAt;
  const durable = (1000 * measured) / sent.milliseconds;
  results.add(`${name}, durable`, 'events/s', durable);
  results.add(`${name}, durable and projected`, 'events/s', (1000 * measured) / projected);
  results.add(`${name}, answer p50`, 'ms', percentile(sent.latencies, 0.5));
  results.add(`${name}, answer p95`, 'ms', percentile(sent.latencies, 0.95));
  results.add(`${name}, answer p99`, 'ms', percentile(sent.latencies, 0.99));
  results.add(`${name}, load of the generator`, 'share', sent.generatorLoad);
  const memory = serverMemory(server);
  if (memory !== undefined) results.add(`${name}, peak memory`, 'MiB', memory.peak / mebibyte);
  return durable;
}

/** So many parts of the load, each sent to one server and then to the other. */
const turns = 20;

/**
 * The same messages with the same personal field to two servers, one of which keeps it in the clear by policy. They take
 * turns, so that an hour in which the machine is slow is slow for both; each begins every other turn.
 */
export async function encryption(
  results: Results,
  path: string,
  { requests, connections, events }: Workload,
): Promise<void> {
  const milliseconds = { encrypted: 0, clear: 0 };
  let measured = 0;
  await withServer(async (encrypted) => {
    await withServer(async (clear) => {
      await keepInTheClear(clear, path);
      const servers = [
        ['encrypted', encrypted],
        ['clear', clear],
      ] as const;
      const cut = (turn: number) => Math.floor((turn * requests.length) / turns);
      for (let turn = 0; turn < turns; turn += 1) {
        const some = requests.slice(cut(turn), cut(turn + 1));
        if (some.length === 0) continue;
        const isMeasured = turn >= turns * warmUpShare;
        if (isMeasured) measured += (events * some.length) / requests.length;
        for (const [name, server] of turn % 2 === 0 ? servers : servers.toReversed()) {
          const sent = await sendAll(name, server, { requests: some, connections });
          if (isMeasured) milliseconds[name] += sent.milliseconds;
        }
      }
    });
  });
  results.add('an e-mail address in each, encrypted', 'events/s', (1000 * measured) / milliseconds.encrypted);
  results.add('an e-mail address in each, in the clear', 'events/s', (1000 * measured) / milliseconds.clear);
  results.add('speed with the address encrypted', 'share', milliseconds.clear / milliseconds.encrypted);
}

/** By the tenant's policy: the field is neither examined nor encrypted. */
async function keepInTheClear(server: ServerProcess, path: string): Promise<void> {
  const { data } = await get<{ data: Policies }>(server, '/v1/privacy/policies');
  const { version, consent, retention } = data;
  const fields = { rules: [{ path, action: 'keep', unexamined: true }], detected: 'encrypt' };
  await get(server, '/v1/privacy/policies', 'PUT', { version, fields, consent, retention });
}

interface Policies {
  readonly version: number;
  readonly consent: object;
  readonly retention: object;
}

export function expectComplete(name: string, sent: LoadResult, requests: number): void {
  if (sent.answered < requests || Object.keys(sent.refused).length > 0) {
    const refused = JSON.stringify(sent.refused);
    throw new Error(
      `${name}: ${sent.answered} of ${requests} requests answered, refused by status: ${refused}`,
    );
  }
}

/**
 * Reads by 32 connections, so that they do not wait for each other's answers, while batches arrive at half of the rate that
 * the server can take.
 */
export async function queriesUnderLoad(
  results: Results,
  server: ServerProcess,
  batches: { readonly requests: readonly Buffer[]; readonly perSecond: number },
  userIds: readonly string[],
): Promise<void> {
  const paths = [
    ...userIds.map((userId) => `/v1/profiles/${encodeURIComponent(userId)}`),
    '/v1/struggles?limit=20',
    '/v1/features',
    '/v1/metrics/events?interval=hour',
  ];
  const reads = Array.from({ length: 2000 }, (_, index) =>
    readRequest(paths[index % paths.length] ?? '/healthz'),
  );
  const port = portOf(server);
  const writing = load({
    port,
    requests: batches.requests,
    connections: 16,
    rate: batches.perSecond / 2,
    deadlineMilliseconds: loadDeadline,
  });
  const reading = load({
    port,
    requests: reads,
    connections: 32,
    rate: 400,
    deadlineMilliseconds: loadDeadline,
  });
  const [sent, read] = await Promise.all([writing, reading]);
  expectComplete('writes under queries', sent, batches.requests.length);
  expectComplete('queries under half load', read, reads.length);
  for (const share of [0.5, 0.95, 0.99]) {
    results.add(`query under half load, p${share * 100}`, 'ms', percentile(read.latencies, share));
    results.add(`batch under half load, p${share * 100}`, 'ms', percentile(sent.latencies, share));
  }
}

/** One read model from all events, beside the live one; the rate counts the events of the whole log. */
export async function rebuild(results: Results, server: ServerProcess, events: number): Promise<void> {
  const name = 'profiles';
  const startedAt = performance.now();
  await get(server, `/v1/processors/${name}/rebuild`, 'POST');
  await untilProcessors(
    server,
    (status: ProcessorStatus) =>
      status.name !== name || (status.state === 'running' && status.rebuildProgress === null),
  );
  results.add('rebuild of profiles', 'events/s', (1000 * events) / (performance.now() - startedAt));
}

/** From `kill -9` with all events stored to the first answer that says ready. */
export async function restart(results: Results, server: ServerProcess, dataFolder: string): Promise<void> {
  await server.kill();
  const startedAt = performance.now();
  const again = await startServerProcess(dataFolder);
  try {
    while (!(await fetch(`${again.url}/readyz`)).ok) {
      if (performance.now() - startedAt > loadDeadline) throw new Error('not ready after the restart');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    results.add('restart after kill -9', 'ms', performance.now() - startedAt);
    const memory = serverMemory(again);
    if (memory !== undefined) results.add('memory at rest, all stored', 'MiB', memory.resident / mebibyte);
  } finally {
    await again.kill();
  }
}
