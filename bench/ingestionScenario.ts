import { bareHttpParse, bareLogAppend } from './baselines.js';
import type { Results } from './results.js';
import { serverMemory } from './serverMemory.js';
import {
  batchRequests,
  loadWorkloadEvents,
  singleRequests,
  type WorkloadEvents,
  withPersonalField,
} from './workloadEvents.js';
import {
  encryption,
  expectComplete,
  ingestion,
  queriesUnderLoad,
  rebuild,
  restart,
  withServer,
} from './workloads.js';

const batchSize = 100;
const batchConnections = 16;
const singleConnections = 64;

/**
 * Workloads and baselines of docs/performance.md, on loopback. The server runs in a process of its own; this process is the
 * load generator and states its own load.
 * @returns what was measured, for the results' file
 */
export async function ingestionScenario(
  results: Results,
  { events, runs }: { readonly events: number; readonly runs: number },
): Promise<Readonly<Record<string, unknown>>> {
  const workload = loadWorkloadEvents(events);
  const { source } = workload;
  console.log(`${workload.byTime.length} events from the ${source}, ${runs} run(s)`);
  for (let run = 1; run <= runs; run += 1) {
    console.log(`run ${run} of ${runs} …`);
    await measure(results, workload);
  }
  return { events: workload.byTime.length, runs, batchSize, batchConnections, singleConnections, source };
}

async function measure(results: Results, { byTime, byUser }: WorkloadEvents): Promise<void> {
  const batches = batchRequests(byTime, batchSize);
  const count = byTime.length;

  const bare = await bareHttpParse(batches, batchConnections);
  expectComplete('baseline', bare, batches.length);
  results.add('baseline: HTTP parse only', 'events/s', (1000 * count) / bare.milliseconds);
  results.add('baseline: load of the generator', 'share', bare.generatorLoad);
  results.add('baseline: log append, a sync a batch', 'events/s', (1000 * count) / bareLogAppend(batches));

  await withServer(async (server, dataFolder) => {
    const memory = serverMemory(server);
    if (memory !== undefined) results.add('memory at rest, empty', 'MiB', memory.resident / 1024 / 1024);
    // The last fifth comes while queries are measured.
    const later = Math.ceil(batches.length / 5);
    const requests = batches.slice(0, -later);
    const sent = count - Math.min(later * batchSize, count);
    const name = 'batches of 100 in order of time';
    const perSecond = await ingestion(
      results,
      name,
      { requests, events: sent, connections: batchConnections },
      server,
    );
    const rest = { requests: batches.slice(-later), perSecond: perSecond / batchSize };
    await queriesUnderLoad(results, server, rest, someUsers(byTime));
    await rebuild(results, server, count);
    await restart(results, server, dataFolder);
  });
  await withServer(async (server) => {
    const requests = batchRequests(byUser, batchSize);
    const name = 'batches of 100 by user';
    await ingestion(results, name, { requests, events: count, connections: batchConnections }, server);
  });
  await encryption(results, 'properties.email', {
    requests: batchRequests(withPersonalField(byTime), batchSize),
    events: count,
    connections: batchConnections,
  });
  await withServer(async (server) => {
    const some = byTime.slice(0, Math.ceil(count / 4));
    const work = { requests: singleRequests(some), events: some.length, connections: singleConnections };
    await ingestion(results, 'single events, 64 connections', work, server);
  });
}

/** People whose first events are surely stored when the queries begin. */
function someUsers(byTime: readonly string[]): string[] {
  const users = byTime.slice(0, 200).map((text) => {
    const { userId }: { userId?: string } = JSON.parse(text);
    return userId;
  });
  return [...new Set(users.filter((userId) => userId !== undefined))].slice(0, 50);
}
