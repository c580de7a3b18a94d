import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Configuration } from '../config.js';
import { type DocumentStore, DocumentStoreUnavailable } from '../documentStore/documentStore.js';
import type { GaugeSource } from '../http/metrics.js';
import type { ReadinessCheck } from '../http/operations.js';
import { openEmbeddedDocumentStore } from '../integrations/embedded/embeddedDocumentStore.js';
import type { MongoDocumentStore } from '../integrations/mongodb/mongoDocumentStore.js';
import { firstContact } from './firstContact.js';

/** What the server says of the engine behind the document store's port. */
export interface DocumentStoreEngine {
  /** For the lines at the start. */
  readonly description: string;
  readonly readiness: ReadinessCheck;
  readonly gauges: readonly GaugeSource[];
}

/** What another thread of this process needs to write documents of its own. */
export interface DocumentFolder {
  readonly documentsFolder: string;
  /** From now on all is seen in the document store that another thread has committed by now. */
  refresh(): void;
}

export interface OpenedDocumentStore {
  readonly documentStore: DocumentStore;
  /** For another thread; where the documents are in the data folder. */
  readonly inFolder?: DocumentFolder;
  readonly engine: DocumentStoreEngine;
}

/** The engine that the configuration asks for. @throws DocumentStoreUnavailable */
export async function openDocumentStore(
  { mongoUrl, dataFolder }: Configuration,
  log: Logger,
): Promise<OpenedDocumentStore> {
  if (mongoUrl !== undefined) return openMongo(mongoUrl, log);
  const documentsFolder = join(dataFolder, 'documents');
  const documentStore = openEmbeddedDocumentStore({ folder: documentsFolder });
  const readiness = readinessOf('document-store', () => documentStore.getCheckpoint('profiles'));
  const inFolder = { documentsFolder, refresh: () => documentStore.refresh() };
  return { documentStore, inFolder, engine: { description: 'embedded', readiness, gauges: [] } };
}

async function openMongo(url: string, log: Logger): Promise<OpenedDocumentStore> {
  const { openMongoDocumentStore } = await import('../integrations/mongodb/mongoDocumentStore.js');
  const documentStore = openMongoDocumentStore({ url, now: Date.now });
  try {
    await firstContact('MongoDB', () => documentStore.ping(), DocumentStoreUnavailable, log);
  } catch (error) {
    await documentStore.close();
    throw error;
  }
  const readiness = readinessOf('mongodb', () => documentStore.ping());
  const description = `MongoDB, database ${documentStore.databaseName}`;
  return { documentStore, engine: { description, readiness, gauges: mongoGauges(documentStore) } };
}

function readinessOf(name: string, look: () => Promise<unknown>): ReadinessCheck {
  return {
    name,
    check: async () => {
      await look();
      return { ready: true, state: 'ready' };
    },
  };
}

function mongoGauges(store: MongoDocumentStore): GaugeSource[] {
  const gauge = (name: string, help: string, pick: (of: ReturnType<typeof store.figures>) => number) => ({
    name: `waymark_mongodb_${name}`,
    help,
    labelNames: [],
    collect: () => [{ labels: {}, value: pick(store.figures()) }],
  });
  return [
    gauge('connections', 'Connections that are open.', ({ connections }) => connections),
    gauge('connections_in_use', 'Connections that carry a command.', (of) => of.connectionsInUse),
    gauge('commands', 'Commands since the start.', ({ commands }) => commands),
    gauge('failed_commands', 'Commands that failed since the start.', (of) => of.failedCommands),
    gauge(
      'command_seconds',
      'Time that commands took since the start, added up.',
      (of) => of.commandTime / 1000,
    ),
    gauge('repetitions', 'Commands repeated since the start.', ({ repetitions }) => repetitions),
    gauge('left_alone', '1 while the server is left alone since it did not answer.', (of) =>
      of.leftAlone ? 1 : 0,
    ),
  ];
}
