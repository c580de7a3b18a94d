import { setTimeout as pause } from 'node:timers/promises';
import type { ServerProcess } from '../test/support/serverProcess.js';
import { get, untilProcessors } from './caughtUp.js';
import { type LoadResult, load, percentile } from './load.js';
import type { Results } from './results.js';
import { serverCpu, serverMemory } from './serverMemory.js';
import { startSlowModel } from './slowModel.js';
import { batchRequests } from './workloadEvents.js';
import { expectComplete, portOf, sendAll, withServer } from './workloads.js';

const batchSize = 100;
/** Of a batch; the rest is what others do who are not stuck. */
const strugglesInBatch = 20;
const connections = 8;
const mebibyte = 1024 * 1024;
/** Milliseconds until all help is out, on a machine that cannot keep up. */
const patience = 900_000;
/** Seconds of the same load without help, to compare with. */
const secondsWithoutHelp = 15;
/** Seconds of half the load, before what is measured: a server that has just started compiles beside it. */
const secondsOfWarmUp = 6;

/**
 * `rate` people a second get stuck for `seconds`, each for the first time, among four times as many events of others, while
 * the language model is slow. All of them have used the application before, and others were helped before. Help is as old as the time from when its
 * struggle was due to be sent until it stood in the inbox.
 * @returns what was measured, for the results' file
 */
export async function helpLoadScenario(
  results: Results,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<Readonly<Record<string, unknown>>> {
  console.log(`${rate} struggles a second for ${seconds} s, the model slow or silent …`);
  await withServer(async (server) => {
    for (const id of ['first-help', 'escalated-help'])
      await get(server, `/v1/strategies/${id}?version=0`, 'DELETE');
    const people = peopleOf(rate, Math.min(seconds, secondsWithoutHelp));
    await prepare(server, rate, people);
    const struggles = people.last - people.first;
    const before = serverCpu(server);
    const sent = await send(portOf(server), rate, people);
    addIngestion(results, 'ingestion without help', sent);
    await untilProcessors(server, ({ behind }) => !behind);
    addCpu(results, 'without help', server, before, struggles);
  });
  const model = await startSlowModel();
  const environment = {
    WAYMARK_LLM: 'openai:slow,templates',
    OPENAI_API_KEY: 'none-needed-here',
    OPENAI_BASE_URL: model.url,
  };
  try {
    await withServer(async (server) => {
      const people = peopleOf(rate, seconds);
      await prepare(server, rate, people);
      const struggles = people.last - people.first;
      const askedBefore = model.asked();
      const watch = watchHelp(server);
      const before = serverCpu(server);
      const startedAt = Date.now();
      const sent = await send(portOf(server), rate, people);
      addIngestion(results, 'ingestion beside help', sent);
      await untilProcessors(server, ({ behind }) => !behind, patience);
      addCpu(results, 'beside help', server, before, struggles);
      await watch.stop(results);
      results.add('asked of the model', 'count', model.asked() - askedBefore);
      addHelp(results, await readHelp(server), { rate, startedAt, people });
    }, environment);
  } finally {
    model.close();
  }
  return { rate, seconds, batchSize, strugglesInBatch, connections };
}

/** Places of people in the order in which they get stuck; those before `first` warm the server up. */
interface People {
  readonly first: number;
  /** Exclusive. */
  readonly last: number;
}

function peopleOf(rate: number, seconds: number): People {
  const batches = Math.ceil(((rate / 2) * secondsOfWarmUp) / strugglesInBatch);
  const first = batches * strugglesInBatch;
  return { first, last: first + rate * seconds };
}

/** An event of everybody who will get stuck, as fast as they are taken; then the first of them do, at half the rate. */
async function prepare(server: ServerProcess, rate: number, { first, last }: People): Promise<void> {
  const events = Array.from({ length: last }, (_, at) =>
    JSON.stringify({
      type: 'track',
      userId: `stuck-${at}`,
      event: 'Lesson Completed',
      properties: { lesson: 1 },
    }),
  );
  await sendAll('introductions', server, { requests: batchRequests(events, batchSize), connections });
  await send(portOf(server), rate / 2, { first: 0, last: first });
  await untilProcessors(server, ({ behind }) => !behind, patience);
}

async function send(port: number, rate: number, people: People): Promise<LoadResult> {
  const requests = batchRequests(messages(people), batchSize);
  const sent = await load({
    ...{ port, requests, connections, rate: rate / strugglesInBatch },
    deadlineMilliseconds: patience,
  });
  expectComplete('struggles', sent, requests.length);
  return sent;
}

function messages({ first, last }: People): string[] {
  const each = batchSize / strugglesInBatch;
  return Array.from({ length: (last - first) * each }, (_, at) => {
    const isStruggle = at % each === 0;
    const lesson = `lesson ${at % 40}`;
    return JSON.stringify(
      isStruggle
        ? { type: 'track', userId: `stuck-${first + at / each}`, event: 'Export Failed', properties: stuck }
        : { type: 'track', userId: `other-${at % 9973}`, event: 'Lesson Completed', properties: { lesson } },
    );
  });
}

const stuck = { feature: 'export', attemptCount: 3 };

function addIngestion(
  results: Results,
  name: string,
  { answered, milliseconds, latencies }: LoadResult,
): void {
  results.add(name, 'events/s', (1000 * answered * batchSize) / milliseconds);
  for (const share of [0.5, 0.95, 0.99])
    results.add(`${name}, answer p${share * 100}`, 'ms', percentile(latencies, share));
}

/** Of all that came of it, read models included. @param before seconds used before the first struggle was sent */
function addCpu(
  results: Results,
  name: string,
  server: ServerProcess,
  before: number | undefined,
  struggles: number,
): void {
  const used = serverCpu(server);
  if (used === undefined || before === undefined) return;
  results.add(`processor time a struggle, ${name}`, 'ms', (1000 * (used - before)) / struggles);
}

interface Help {
  readonly userId: string | null;
  readonly status: string;
  readonly reason: string | null;
  readonly createdAt: string;
  readonly deliveredAt: string | null;
}

async function readHelp(server: ServerProcess): Promise<Help[]> {
  const all: Help[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path = `/v1/interventions?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: { data: Help[]; nextCursor: string | null } = await get(server, path);
    all.push(...page.data);
    cursor = page.nextCursor;
  }
  return all;
}

function addHelp(
  results: Results,
  help: readonly Help[],
  { rate, startedAt, people }: { readonly rate: number; readonly startedAt: number; readonly people: People },
): void {
  const { first, last } = people;
  const measured = help.filter(({ userId }) => placeOf(userId) >= first);
  const delivered = measured.flatMap(({ userId, deliveredAt, createdAt }) =>
    deliveredAt === null
      ? []
      : [{ place: placeOf(userId) - first, at: Date.parse(deliveredAt), decidedAt: Date.parse(createdAt) }],
  );
  const ages = Float64Array.from(delivered, ({ place, at }) => at - dueAt(place)).sort();
  results.add('struggles', 'count', last - first);
  results.add('decided', '1/s', speed(delivered.map(({ decidedAt }) => decidedAt)));
  results.add('delivered', '1/s', speed(delivered.map(({ at }) => at)));
  results.add('helped', 'count', delivered.length);
  results.add('helped within 5 s', 'share', ages.filter((age) => age <= 5000).length / (last - first));
  results.add('given up, with a reason', 'count', measured.filter(({ reason }) => reason !== null).length);
  for (const share of [0.5, 0.95, 0.99])
    results.add(`age of help p${share * 100}`, 'ms', percentile(ages, share));

  /** Its batch leaves with the first of its struggles. */
  function dueAt(place: number): number {
    return startedAt + (1000 * (place - (place % strugglesInBatch))) / rate;
  }
}

/** NaN for none. */
function placeOf(userId: string | null): number {
  return Number(userId?.split('-')[1]);
}

/** Over the time from the first to the last. */
function speed(times: readonly number[]): number {
  const first = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const last = times.reduce((a, b) => Math.max(a, b), 0);
  return (1000 * times.length) / Math.max(1, last - first);
}

/** Looks each second at the memory of the server and at what waits, as its metrics tell. */
function watchHelp(server: ServerProcess) {
  const stopping = new AbortController();
  const memory: number[] = [];
  let longest = 0;
  let oldest = 0;
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      longest = Math.max(longest, figure(text, 'waymark_processor_waiting_events', helpers));
      oldest = Math.max(oldest, figure(text, 'waymark_processor_lag_seconds', helpers));
      memory.push((serverMemory(server)?.own ?? Number.NaN) / mebibyte);
      await pause(1000, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop(results: Results): Promise<void> {
      stopping.abort();
      await watching;
      const half = memory[Math.floor(memory.length / 2)] ?? Number.NaN;
      results.add('own memory of the server, halfway', 'MiB', half);
      results.add('own memory of the server, at the end', 'MiB', memory.at(-1) ?? Number.NaN);
      results.add('own memory of the server, most', 'MiB', Math.max(...memory));
      results.add('waiting, most', 'count', longest);
      results.add('oldest waiting, most', 'ms', 1000 * oldest);
    },
  };
}

const helpers = ['decide-help', 'write-help', 'deliver-help'];

/** The largest of its values. */
function figure(metrics: string, name: string, processors: readonly string[]): number {
  const label = `processor="(?:${processors.join('|')})"`;
  const values = [...metrics.matchAll(new RegExp(`^${name}\\{${label}\\} (\\S+)$`, 'gm'))];
  return Math.max(0, ...values.map(([, value]) => Number(value)));
}
