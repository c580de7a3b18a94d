import { statfsSync } from 'node:fs';
import { open, type RootDatabase } from 'lmdb';
import { EventLogDamaged, EventStoreUnavailable } from '../eventStore.js';
import { assertDatabaseFile } from './databaseFile.js';

/** Where frames are kept, each under the sequence number of its first event. */
export interface FrameLog {
  /** Sequence numbers of all frames, ascending. */
  firstSequences(): readonly number[];
  /** The bytes hold until the next `read`, `length` of them. */
  read(firstSequence: number): { readonly bytes: Buffer; readonly length: number };
  /** Resolves when the frame is on disk. @throws CommitFailed */
  commit(firstSequence: number, frame: Buffer): Promise<void>;
  remove(firstSequence: number): Promise<void>;
  close(): Promise<void>;
}

export class CommitFailed extends Error {
  constructor(
    message: string,
    /** True where the frame is surely not stored and a later write may succeed: no room. */
    readonly recoverable: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** ENOSPC, EDQUOT, MDB_MAP_FULL: the numbers lmdb gives as `code`. */
const noRoom: ReadonlySet<unknown> = new Set([28, 122, -30792]);
const inputOutputError = 5;
const spareBytes = 1024 * 1024;
const answerMilliseconds = 60_000;
/** MDB_PAGE_NOTFOUND, MDB_CORRUPTED, MDB_PANIC, MDB_VERSION_MISMATCH, MDB_INVALID. */
const damage: ReadonlySet<unknown> = new Set([-30797, -30796, -30795, -30794, -30793]);

/**
 * Frames in an lmdb environment. `overlappingSync: false` makes lmdb sync the data and then the root page within
 * the commit, on its own thread, before the promise of `put` resolves (mdb_txn_commit); with lmdb-js's default
 * the promise may resolve before.
 */
export function openFrameLog(folder: string): FrameLog {
  const database = openDatabase(folder);
  // lmdb's types give these options to `putSync` alone.
  const appending = database as unknown as AppendingDatabase;
  return {
    firstSequences: () => refusingDamage(() => [...database.getKeys()]),
    read: (firstSequence) => readFrame(database, firstSequence),
    async commit(firstSequence, frame) {
      let stored: boolean;
      try {
        // `append` refuses a key that is not past all others: no second writer can ever overwrite a frame.
        stored = await answered(appending.put(firstSequence, frame, { append: true }));
      } catch (error) {
        if (error instanceof CommitFailed) throw error;
        throw await commitFailed(error, folder, frame.length);
      }
      if (!stored) throw new CommitFailed('another process writes to this event log', false);
    },
    async remove(firstSequence) {
      await database.remove(firstSequence);
    },
    close: () => database.close(),
  };
}

/** Frames of a log that another thread of this process has open, and writes. */
export interface FrameReader {
  /** The frame that holds an event, found without an index in memory. The bytes hold until the next call. */
  frameOf(sequence: number): Buffer;
  /** From now on all is seen that is on disk now. */
  refresh(): void;
  close(): Promise<void>;
}

export function openFrameReader(folder: string): FrameReader {
  const database = openDatabase(folder);
  return {
    frameOf(sequence) {
      const [first] = database.getKeys({ start: sequence, reverse: true, limit: 1 });
      return readFrame(database, first ?? sequence).bytes;
    },
    refresh: () => database.resetReadTxn(),
    close: () => database.close(),
  };
}

function openDatabase(folder: string): RootDatabase<Buffer, number> {
  assertDatabaseFile(folder);
  return refusingDamage(() =>
    open<Buffer, number>({
      path: folder,
      // A folder whose name holds a dot would be taken for a file.
      noSubdir: false,
      keyEncoding: 'uint32',
      encoding: 'binary',
      overlappingSync: false,
      // With batching, lmdb-js makes a second promise for each commit, which nobody sees when it rejects.
      eventTurnBatching: false,
    }),
  );
}

function readFrame(database: RootDatabase<Buffer, number>, firstSequence: number) {
  const bytes = refusingDamage(() => database.getBinaryFast(firstSequence));
  if (bytes === undefined) throw new EventLogDamaged(`the frame of event ${firstSequence} is missing`);
  return { bytes, length: bytes.length };
}

interface AppendingDatabase {
  put(key: number, value: Buffer, options: { readonly append: true }): Promise<boolean>;
}

/** A write for which lmdb cannot begin a transaction is never answered at all. */
async function answered(write: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CommitFailed('the disk does not answer', false)), answerMilliseconds);
  });
  try {
    return await Promise.race([write, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** lmdb-js rejects with a general error that promises the real one. */
async function commitFailed(error: unknown, folder: string, bytes: number): Promise<CommitFailed> {
  let cause = error;
  if (error instanceof Error && 'commitError' in error) {
    try {
      await error.commitError;
    } catch (reason) {
      cause = reason;
    }
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = codeOf(cause);
  const full = noRoom.has(code) || (code === inputOutputError && isNearlyFull(folder, bytes));
  return new CommitFailed(
    full ? 'there is no room left for the event log' : `the event log could not be written: ${message}`,
    full,
    cause,
  );
}

/** lmdb reports a write that was cut short by a full disk as EIO. */
function isNearlyFull(folder: string, bytes: number): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize < bytes + spareBytes;
}

function refusingDamage<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (damage.has(codeOf(error))) {
      throw new EventLogDamaged(
        `the event log's database is damaged: ${message}. ` +
          'Nothing was changed. Keep a copy of the folder and restore it from a backup.',
        { cause: error },
      );
    }
    throw new EventStoreUnavailable(`the event log could not be opened or read: ${message}`, {
      cause: error,
    });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
