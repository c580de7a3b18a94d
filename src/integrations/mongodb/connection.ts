import { setTimeout as wait } from 'node:timers/promises';
import { type Db, MongoClient, type MongoClientOptions, MongoServerError } from 'mongodb';
import { createCircuitBreaker } from '../circuitBreaker.js';
import { type ConnectionFigures, countCommands } from './connectionFigures.js';
import { isDuplicateKey, isPassing, isRefusal, nameOf } from './failures.js';

export interface MongoConnectionOptions {
  /** `mongodb://` or `mongodb+srv://`; its path names the database, by default `waymark`. */
  readonly url: string;
  /** Milliseconds of a clock that never jumps; default that of the process. */
  readonly now?: () => number;
  /** What a port says when its store cannot be reached. The text holds no address and no credentials. */
  readonly unavailable: (message: string, options: { readonly cause: unknown }) => Error;
  /** Milliseconds that a read may take with its repetitions; default 5,000. */
  readonly readDeadline?: number;
  /** Milliseconds that a write may take with its repetitions; default 15,000. */
  readonly writeDeadline?: number;
  /**
   * Milliseconds in which a server must be found and connected to, after which it is looked at again, and for which one
   * that does not answer is left alone; default 2,000.
   */
  readonly patience?: number;
}

/** One pool of connections to a deployment, for one port. */
export interface MongoConnection {
  readonly database: Db;
  /** A further database of the deployment, `<database>_<suffix>`: with users and backups of its own. */
  databaseBeside(suffix: string): Db;
  /**
   * Runs `work`, again where it failed for a passing reason, so it must be harmless to repeat. Fails at once while the
   * server is left alone. @throws what `unavailable` makes; duplicate keys, and what is no error of MongoDB, as they are
   */
  read<T>(work: () => Promise<T>): Promise<T>;
  /** The same with more time. Where it fails the write may still have been, or may yet be, carried out. */
  write<T>(work: () => Promise<T>): Promise<T>;
  figures(): ConnectionFigures;
  close(): Promise<void>;
}

const defaultDatabase = 'waymark';
const attempts = 3;
const firstDelay = 50;
/** Calls in a row that failed, after which the server is left alone. */
const failures = 3;

/**
 * Nothing is acknowledged before a majority of the members has it in its journal, and nothing is read that could be
 * rolled back; on a standalone server a majority is that one. Repetitions are made here, in one place for reads and
 * writes, so the driver's own are off. The driver has no deadline for a whole operation (its `timeoutMS` does nothing),
 * hence those above; a socket that says nothing for longer than any of them is closed.
 */
const settings = (patience: number): MongoClientOptions => ({
  appName: 'waymark',
  writeConcern: { w: 'majority', journal: true },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  retryReads: false,
  retryWrites: false,
  serverSelectionTimeoutMS: patience,
  connectTimeoutMS: patience,
  waitQueueTimeoutMS: patience,
  heartbeatFrequencyMS: patience,
  minHeartbeatFrequencyMS: patience / 4,
  socketTimeoutMS: 20_000,
  monitorCommands: true,
  ignoreUndefined: true,
});

/** Connects when it is first asked for something. */
export function openMongoConnection(options: MongoConnectionOptions): MongoConnection {
  const { unavailable, readDeadline = 5000, writeDeadline = 15_000, patience = 2000 } = options;
  const now = options.now ?? (() => performance.now());
  const client = clientFor(options.url, patience);
  const counted = countCommands(client);
  const breaker = createCircuitBreaker({ failures, rest: patience, now });
  let connected: Promise<unknown> | undefined;
  let closed = false;

  /** The driver connects by itself once alone: where that fails, every operation fails for ever. */
  async function onceConnected<T>(work: () => Promise<T>): Promise<T> {
    connected ??= client.connect().catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    await connected;
    return work();
  }

  async function run<T>(work: () => Promise<T>, deadline: number): Promise<T> {
    if (closed) throw unavailable('the connection to MongoDB is closed', { cause: undefined });
    if (!breaker.admits()) {
      throw unavailable('MongoDB did not answer lately and is left alone for some seconds', {
        cause: undefined,
      });
    }
    const until = now() + deadline;
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await within(onceConnected(work), until - now());
        breaker.succeeded();
        return result;
      } catch (error) {
        const delay = Math.random() * firstDelay * 2 ** attempt;
        if (isPassing(error) && attempt < attempts && now() + delay < until && !closed) {
          counted.repeated();
          await wait(delay);
          continue;
        }
        if (isPassing(error) || error instanceof Late) breaker.failed();
        else breaker.succeeded();
        throw translated(error);
      }
    }
  }

  function translated(error: unknown): unknown {
    if (error instanceof Late) return unavailable('MongoDB did not answer in time', { cause: error });
    if (isRefusal(error)) {
      const reason = 'MongoDB refused: check the user, its password and its roles in MONGODB_URL';
      return unavailable(`${reason} (${nameOf(error)})`, { cause: undefined });
    }
    if (isPassing(error))
      return unavailable(`MongoDB cannot be reached (${nameOf(error)})`, { cause: undefined });
    // Its own text and response may quote what was to be stored.
    if (error instanceof MongoServerError && !isDuplicateKey(error))
      return unavailable(`MongoDB answered with an error (${nameOf(error)})`, { cause: undefined });
    return error;
  }

  const database = client.db(namesDatabase(options.url) ? undefined : defaultDatabase);
  return {
    database,
    databaseBeside: (suffix) => client.db(`${database.databaseName}_${suffix}`),
    read: (work) => run(work, readDeadline),
    write: (work) => run(work, writeDeadline),
    figures: () => counted.figures(breaker.isOpen),
    async close() {
      closed = true;
      await client.close();
    },
  };
}

/** Of an operation whose answer did not come before its deadline; it may still be under way. */
class Late extends Error {}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late('late')), Math.max(0, milliseconds));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

/** @throws where the driver does not understand the connection string, of which nothing is repeated */
function clientFor(url: string, patience: number): MongoClient {
  try {
    return new MongoClient(url, settings(patience));
  } catch (error) {
    const { message } = error as Error;
    const reason = /^options? [\w, ]+ (is|are) not supported$/.test(message) ? `: ${message}` : '';
    throw new Error(`MONGODB_URL is no connection string of MongoDB${reason}`);
  }
}

function namesDatabase(url: string): boolean {
  return /^[^/]+:\/\/[^/?]+\/[^?]/.test(url);
}
