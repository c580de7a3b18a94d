import type { KnownExport } from '../../domain/personExport/evolve.js';
import type { ArchivedExport, ExportArchive } from './exportArchive.js';
import { newExportLink } from './exportLink.js';
import { type ExportAddress, type ExportStreams, executeOnExport, loadExport } from './exportStream.js';
import type { UntoldLinks } from './untoldLinks.js';

/** A link works for this long, milliseconds. */
const linkLifetime = 7 * 24 * 60 * 60 * 1000;

/** What an archive is made of. */
export type ExportContent = Pick<KnownExport, 'exportId' | 'requestId' | 'kind' | 'subjects'> & {
  readonly tenantId: string;
};

/** The bytes of the archive, made as they are read. `onProgress`: the share that is done, 0–1. */
export type CreateExport = (
  content: ExportContent,
  onProgress: (fraction: number) => void,
) => AsyncIterable<Buffer>;

export interface ExportMakerOptions {
  readonly streams: ExportStreams;
  readonly archive: ExportArchive;
  readonly links: UntoldLinks;
  readonly createExport: CreateExport;
  /** Told of what made an export fail; it may quote values. */
  onError(error: unknown): void;
}

/** Makes one export after the other, and keeps the links until they are told. */
export function createExportMaker({ streams, archive, links, createExport, onError }: ExportMakerOptions) {
  const progress = new Map<string, number>();
  const jobs = new Map<string, { readonly done: Promise<void>; readonly abort: AbortController }>();
  let previous: Promise<void> = Promise.resolve();
  let isStopping = false;

  async function make(address: ExportAddress, signal: AbortSignal): Promise<void> {
    const state = await loadExport(streams, address);
    const isDue = state.status === 'requested' || (state.status === 'prepared' && !state.linkTold);
    if (signal.aborted || !isDue) return;
    const { tenantId, exportId } = address;
    const entry = { tenantId, exportId, subject: state.subject };
    try {
      const link = newExportLink(tenantId, exportId);
      const { requestId, kind, subjects } = state;
      const content = createExport({ tenantId, exportId, requestId, kind, subjects }, (fraction) =>
        progress.set(keyOf(address), fraction),
      );
      const bytes = await archive.store(entry, link.fileKey, until(signal, content));
      const data = { bytes, linkHash: link.hash, expiresAt: streams.now() + linkLifetime };
      // First, so that whoever finds it prepared can tell it.
      await links.keep(link.hash, link.token, data.expiresAt);
      const made = await executeOnExport(streams, address, { type: 'MarkPrepared', data });
      // Where another instance was quicker its export stands, and is in the archive beside this one.
      if (made.status !== 'prepared') await archive.remove(entry);
    } catch (error) {
      // Whoever stops or withdraws it says what becomes of it.
      if (signal.aborted) return;
      onError(error);
      await fail(address, entry, error);
    }
  }

  /** What is under way stays in the archive where this cannot be recorded, and is made again at the next start. */
  async function fail(address: ExportAddress, entry: ArchivedExport, error: unknown): Promise<void> {
    try {
      await executeOnExport(streams, address, { type: 'FailExport', data: { reason: reasonOf(error) } });
      await archive.remove(entry);
    } catch (second) {
      onError(second);
    }
  }

  return {
    /** How many are being made or wait for it. */
    get waiting(): number {
      return jobs.size;
    },
    /** Makes it when its turn comes; at once once it is being made, or after `stop`, nothing. */
    enqueue(address: ExportAddress): void {
      const key = keyOf(address);
      if (jobs.has(key) || isStopping) return;
      const abort = new AbortController();
      const done = previous
        .then(() => make(address, abort.signal))
        .catch(onError)
        .finally(() => {
          jobs.delete(key);
          progress.delete(key);
        });
      previous = done;
      jobs.set(key, { done, abort });
    },
    /** Resolves when it is no longer being made. */
    async settled(address: ExportAddress): Promise<void> {
      await jobs.get(keyOf(address))?.done;
    },
    /** 0–1 while it is being made or waits for it, also for another time; undefined otherwise. */
    progressOf(address: ExportAddress): number | undefined {
      const key = keyOf(address);
      return jobs.has(key) ? (progress.get(key) ?? 0) : undefined;
    },
    /** Ends its making without a result. */
    async abandon(address: ExportAddress): Promise<void> {
      const job = jobs.get(keyOf(address));
      job?.abort.abort();
      await job?.done;
    },
    /** Ends all making; the next start takes it up again. */
    async stop(): Promise<void> {
      isStopping = true;
      for (const { abort } of jobs.values()) abort.abort();
      await previous;
    },
  };
}

export type ExportMaker = ReturnType<typeof createExportMaker>;

function keyOf({ tenantId, exportId }: ExportAddress): string {
  return `${tenantId}/${exportId}`;
}

async function* until(
  signal: AbortSignal,
  content: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const piece of content) {
    signal.throwIfAborted();
    yield piece;
  }
}

/** A code where the error has one of ours, because its text may quote what it was about. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[a-z]+(?:-[a-z]+)*$/.test(code) ? code : 'internal-error';
}
