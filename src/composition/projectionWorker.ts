import { parentPort, workerData } from 'node:worker_threads';
import type { DocumentStore } from '../documentStore/documentStore.js';
import { type LogTail, LogTailReader } from '../eventStore/embedded/logTail.js';
import type { EventReading } from '../eventStore/eventStore.js';
import { openEmbeddedDocumentStore } from '../integrations/embedded/embeddedDocumentStore.js';
import { systemTime } from '../processors/backoff.js';
import { soleClaims } from '../processors/claims.js';
import type { ErasedPersons } from '../processors/erasedPersons.js';
import { EventFeed } from '../processors/eventFeed.js';
import {
  ProjectionRunners,
  projectionBatchSize,
  projectionCommitSize,
} from '../processors/projectionRunners.js';
import { type NeedsCalls, serveProjections } from '../processors/projectionService.js';
import { failureOf } from '../processors/threadCalls.js';
import { Turns } from '../processors/turns.js';
import { allProjections } from '../projections/all.js';

/** The script of the thread that runs the projections on the embedded stores. */

/** What it is started with. */
export interface ProjectionWorkerData {
  readonly tail: LogTail;
  readonly documentsFolder: string;
}

if (parentPort === null) throw new Error('this is the script of a thread, not of a process');
// Written by `createProjectionThread`.
const { tail, documentsFolder } = workerData as ProjectionWorkerData;
const log = new LogTailReader(tail);
const documents = openEmbeddedDocumentStore({ folder: documentsFolder });

serveProjections({
  port: parentPort,
  projections: allProjections,
  createHost(needs, news) {
    const eventStore: EventReading = {
      head: () => log.head(),
      readAll: (options) => log.readAll(options),
      subscribeToAll: (options) => log.subscribeToAll(options),
      readStream: (...args) => needs.call('readStream', ...args),
    };
    return new ProjectionRunners(allProjections, {
      eventStore,
      documentStore: withoutDropping(needs),
      feed: new EventFeed(eventStore, projectionBatchSize),
      turns: new Turns(),
      commitSize: projectionCommitSize,
      erasedPersons: () => erasedPersons(needs),
      pastPeriods: () => needs.call('pastPeriods'),
      claims: soleClaims,
      news,
      time: { ...systemTime, now: Date.now },
      logger: {
        warn({ err, ...fields }: { readonly err?: unknown }, message) {
          void needs.call('warn', fields, err === undefined ? undefined : failureOf(err), message);
        },
      },
    });
  },
  async onStop() {
    await documents.close();
    await log.close();
  },
});

/** lmdb gives the numbers of dropped databases to others, so the thread that reads them has to know that one is dropped. */
function withoutDropping(needs: NeedsCalls): DocumentStore {
  return {
    define: (collections) => documents.define(collections),
    get: (collection, id) => documents.get(collection, id),
    getMany: (collection, ids) => documents.getMany(collection, ids),
    find: (collection, query) => documents.find(collection, query),
    count: (collection, where) => documents.count(collection, where),
    commit: (commit) => documents.commit(commit),
    getCheckpoint: (name) => documents.getCheckpoint(name),
    async drop(collection) {
      await needs.call('dropCollection', collection);
      documents.forget(collection);
    },
    close: () => documents.close(),
  };
}

let runs = 0;

async function* erasedPersons(needs: NeedsCalls): ErasedPersons {
  const run = runs++;
  try {
    for (;;) {
      const some = await needs.call('nextErased', run);
      if (some === undefined) return;
      yield some;
    }
  } finally {
    await needs.call('endErased', run);
  }
}
