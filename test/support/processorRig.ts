import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Test } from 'tap';
import type {
  Document,
  DocumentCursor,
  DocumentPage,
  DocumentStore,
} from '../../src/documentStore/documentStore.js';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import type { EventStore } from '../../src/eventStore/eventStore.js';
import { openEmbeddedDocumentStore } from '../../src/integrations/embedded/embeddedDocumentStore.js';
import {
  createProcessors,
  type Processors,
  type ProcessorsOptions,
} from '../../src/processors/processors.js';
import { nobody } from './plainSealing.js';

export interface Rig {
  readonly eventStore: EventStore;
  readonly documentStore: DocumentStore;
  /** Milliseconds of each wait that was asked for. */
  readonly waits: number[];
  now: number;
  /** Made on the rig's stores and stopped with it. Waits of a minute and more last until the end, others one turn. */
  processors(options: Partial<ProcessorsOptions>): Processors;
  /** The same, never stopped: as if its process had died. */
  abandoned(options: Partial<ProcessorsOptions>): Processors;
  until: typeof until;
}

export async function openRig(t: Test): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-processors-'));
  const eventStore = await openEmbeddedEventStore({ folder: `${folder}/events`, clock: () => 0 });
  const documentStore = openEmbeddedDocumentStore({ folder: `${folder}/documents` });
  const started: Processors[] = [];
  const abandoned: Processors[] = [];
  t.teardown(async () => {
    // Some of their promises never settle; this ends their loops.
    for (const processors of abandoned) processors.stop().catch(() => undefined);
    await Promise.all(started.map((processors) => processors.stop()));
    await documentStore.close();
    await eventStore.close();
    await rm(folder, { recursive: true });
  });
  const create = (options: Partial<ProcessorsOptions>) =>
    createProcessors({
      eventStore,
      documentStore,
      projections: [],
      reactors: [],
      clock: () => rig.now,
      erasedPersons: nobody,
      logger: { warn: () => undefined },
      time: { delay: (milliseconds, signal) => delay(milliseconds, signal, rig.waits), random: () => 0.5 },
      // A commit a batch, unless the test says otherwise.
      ...(options.batchSize !== undefined && { commitSize: options.batchSize }),
      ...options,
    });
  const rig: Rig = {
    eventStore,
    documentStore,
    waits: [],
    now: 5000,
    until,
    abandoned(options) {
      const processors = create(options);
      abandoned.push(processors);
      return processors;
    },
    processors(options) {
      const processors = create(options);
      started.push(processors);
      return processors;
    },
  };
  return rig;
}

function delay(milliseconds: number, signal: AbortSignal, waits: number[]): Promise<void> {
  waits.push(milliseconds);
  const short = milliseconds < 60_000;
  return setTimeout(short ? 0 : 2 ** 31 - 1, undefined, { signal, ref: short });
}

/** All documents of a collection as one text, by id, with the names of fields in order. */
export async function dump(store: DocumentStore, collection: string): Promise<string> {
  const lines: string[] = [];
  let after: DocumentCursor | undefined;
  do {
    const page: DocumentPage<Document> = await store.find(collection, {
      limit: 500,
      ...(after && { after }),
    });
    lines.push(...page.documents.map(canonical));
    after = page.next;
  } while (after !== undefined);
  return lines.join('\n');
}

export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Polls; fails after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await setTimeout(2);
  }
}

/** A store whose methods can be replaced one by one. */
export function delegate(store: DocumentStore): DocumentStore {
  return {
    define: (collections) => store.define(collections),
    get: (collection, id) => store.get(collection, id),
    getMany: (collection, ids) => store.getMany(collection, ids),
    find: (collection, query) => store.find(collection, query),
    count: (collection, where) => store.count(collection, where),
    commit: (commit) => store.commit(commit),
    getCheckpoint: (name) => store.getCheckpoint(name),
    drop: (collection) => store.drop(collection),
    close: () => store.close(),
  };
}
