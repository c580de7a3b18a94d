import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document } from '../src/documentStore/documentStore.js';
import { openEmbeddedDocumentStore } from '../src/integrations/embedded/embeddedDocumentStore.js';
import { openMongoDocumentStore } from '../src/integrations/mongodb/mongoDocumentStore.js';

/**
 * A document store alone: `node build/bench/documentStore.js [documents]`; the embedded one, or the one that MONGODB_URL
 * names. By default 50,000 documents of about 600 bytes of JSON with five index entries each, written in commits of
 * 1,000 or of a tenth of them.
 */
const documents = Number(process.argv[2] ?? 50_000);
const commitSize = Math.min(1000, documents / 10);
const finds = Math.min(2000, documents);
const url = process.env.MONGODB_URL;
const folder = await mkdtemp(join(tmpdir(), 'waymark-bench-'));
const store =
  url === undefined ? openEmbeddedDocumentStore({ folder }) : openMongoDocumentStore({ url, now: Date.now });

const rows: Record<string, { 'per second': number; 'µs each': number; 'main thread µs each': number }> = {};

async function measure(name: string, count: number, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  const idleBefore = performance.eventLoopUtilization();
  await work();
  const elapsed = performance.now() - start;
  const busy = performance.eventLoopUtilization(idleBefore).active;
  rows[name] = {
    'per second': Math.round((count / elapsed) * 1000),
    'µs each': Number(((elapsed * 1000) / count).toFixed(1)),
    'main thread µs each': Number(((busy * 1000) / count).toFixed(1)),
  };
}

function document(at: number, round: number): Document & Record<string, unknown> {
  return {
    id: `default/${at.toString(36).padStart(24, 'u')}`,
    tenantId: 'default',
    lastActiveAt: 1_700_000_000_000 + at * 7 + round,
    segment: ['new_user', 'active_user', 'at_risk'][at % 3],
    risk: at % 101,
    createdAt: at,
    counters: Object.fromEntries(Array.from({ length: 24 }, (_, n) => [`feature-${n}`, at + n + round])),
  };
}

const ids = Array.from({ length: documents }, (_, at) => document(at, 0).id);
await store.define([
  {
    name: 'bench',
    indexes: [
      ['tenantId', 'lastActiveAt'],
      ['tenantId', 'createdAt'],
      ['tenantId', 'risk'],
      ['tenantId', 'segment', 'lastActiveAt'],
      ['tenantId', 'segment', 'risk'],
    ],
  },
]);

async function write(all: readonly { collection: string; document: Document }[]): Promise<void> {
  for (let from = 0; from < documents; from += commitSize) {
    const puts = all.slice(from, from + commitSize);
    await store.commit({ puts, checkpoint: { name: 'bench', value: `${from}` } });
  }
}

const rounds = [0, 1].map((round) =>
  Array.from({ length: documents }, (_, at) => ({ collection: 'bench', document: document(at, round) })),
);
const [first = [], second = []] = rounds;

await measure('put, new', documents, () => write(first));
await measure('put, two of five index entries change', documents, () => write(second));
await measure('put, no index entry changes', documents, () => write(second));
await measure('get, a commit at a time', documents, async () => {
  for (let from = 0; from < documents; from += commitSize) {
    await store.getMany('bench', ids.slice(from, from + commitSize));
  }
});
await measure('find 50 by index', finds, async () => {
  for (let at = 0; at < finds; at++) {
    await store.find('bench', {
      where: { tenantId: 'default', segment: 'at_risk', risk: { gte: at % 100 } },
      sort: { field: 'risk', direction: 'desc' },
      limit: 50,
    });
  }
});
await store.drop('bench');
await store.close();
await rm(folder, { recursive: true });
console.table(rows);
