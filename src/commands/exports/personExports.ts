import type { Actor } from '../../domain/access/events.js';
import { CodedError } from '../../domain/errors.js';
import { journeyStreamName } from '../../domain/journey/streamName.js';
import type { ExportKind } from '../../domain/personExport/events.js';
import type { KnownExport } from '../../domain/personExport/evolve.js';
import { StreamDeleted } from '../../eventStore/eventStore.js';
import type { ArchivedExport, OpenedExport } from './exportArchive.js';
import { isLinkOf, readExportLink } from './exportLink.js';
import { createExportMaker, type ExportMakerOptions } from './exportMaker.js';
import { type ExportAddress, executeOnExport, loadExport } from './exportStream.js';

/** Exports that may wait to be made. */
const maxWaiting = 100;

export interface ExportRequest {
  readonly tenantId: string;
  /** Asking again with the same id changes nothing, unless it failed before. */
  readonly exportId: string;
  readonly requestId: string | null;
  readonly kind: ExportKind;
  /** Pseudonyms of one person, at least one. */
  readonly subjects: readonly string[];
  /** Who asks for it; absent where a request does. */
  readonly actor?: Actor;
}

/** Whoever has the link: nothing more is known of them. */
const holderOfLink: Actor = { keyId: 'export-link', role: 'person' };

export interface ExportProgress {
  readonly state: KnownExport;
  /** Also where it was prepared before a restart and its link was not told: it is made anew. */
  readonly isMaking: boolean;
  /** 0–1; of what was made, 1. */
  readonly progress: number;
  /** The link's token, this once: undefined before the export is ready and after it was told. */
  readonly token: string | undefined;
}

/** The life of exports, from request to download or expiry. Guarantees and limits: docs/privacy/export.md */
export interface PersonExports {
  /** @throws CodedError `not-found` where nothing is recorded of the person, `overloaded` where too many wait */
  request(request: ExportRequest): Promise<void>;
  /** Resolves when it is no longer being made. @throws CodedError `not-found` */
  finished(address: ExportAddress): Promise<KnownExport>;
  /** Tells the link where it was not told yet. @throws CodedError `not-found` */
  look(address: ExportAddress, actor: Actor): Promise<ExportProgress>;
  /** The one download. @throws CodedError `not-found` for a wrong link, `gone` for a used or expired one */
  download(exportId: string, token: string): Promise<OpenedExport>;
  /** Removes every export of a person, whatever its state; when it resolves, none is there or under way. */
  withdraw(tenantId: string, subjects: readonly string[]): Promise<void>;
  /** Removes what has expired. To be called now and then. */
  sweep(): Promise<void>;
  /** After a crash or stop: makes again what was under way, and what nobody was told the link of. To be called once. */
  recover(): Promise<void>;
  stop(): Promise<void>;
}

export function createPersonExports(options: ExportMakerOptions): PersonExports {
  const { streams, archive } = options;
  const maker = createExportMaker(options);

  async function known(address: ExportAddress): Promise<KnownExport> {
    const state = await loadExport(streams, address);
    if (state.status === 'none') throw unknownExport();
    return state;
  }

  async function isRecorded(tenantId: string, subject: string): Promise<boolean> {
    try {
      const stream = journeyStreamName(tenantId, subject);
      return (await streams.eventStore.readStream(stream, { maxCount: 1 })).events.length > 0;
    } catch (error) {
      if (error instanceof StreamDeleted) return false;
      throw error;
    }
  }

  async function request(asked: ExportRequest): Promise<void> {
    const { tenantId, exportId, requestId, kind, subjects, actor } = asked;
    const state = await loadExport(streams, asked);
    if (state.status === 'none' || state.status === 'failed') {
      const recorded = await Promise.all(subjects.map((subject) => isRecorded(tenantId, subject)));
      const [subject, ...others] = subjects.filter((_, index) => recorded[index]);
      if (subject === undefined) throw new CodedError('not-found', 'Nothing is recorded about this person.');
      if (maker.waiting >= maxWaiting) {
        throw new CodedError('overloaded', 'Too many exports wait to be made: ask again later.', {
          retryAfterSeconds: 60,
        });
      }
      // First, so that a crash after the event cannot lose the export; a mark without the event is swept away.
      await archive.begin({ tenantId, exportId, subject });
      const about = { exportId, subject, subjects: [subject, ...others], kind, requestId };
      const data = actor === undefined ? about : { ...about, actor };
      await executeOnExport(streams, asked, { type: 'RequestExport', data });
    } else if (state.status !== 'requested') return;
    maker.enqueue({ tenantId, exportId });
  }

  async function look(address: ExportAddress, actor: Actor): Promise<ExportProgress> {
    const state = await known(address);
    const progress = maker.progressOf(address);
    const isUntold = state.status === 'prepared' && !state.linkTold;
    const isMaking = state.status === 'requested' || (isUntold && progress !== undefined);
    if (isMaking) return { state, isMaking, progress: progress ?? 0, token: undefined };
    const token = isUntold ? maker.tokenOf(address) : undefined;
    if (token === undefined) return { state, isMaking, progress: 1, token };
    const told = await executeOnExport(streams, address, { type: 'TellLink', data: { actor } });
    // Of two who ask at the same time one is told: whoever still finds it here.
    return {
      state: told.status === 'none' ? state : told,
      isMaking,
      progress: 1,
      token: maker.forget(address) ? token : undefined,
    };
  }

  async function download(exportId: string, token: string): Promise<OpenedExport> {
    const given = readExportLink(token, exportId);
    if (given === undefined) throw unknownExport();
    const address = { tenantId: given.tenantId, exportId };
    const state = await known(address);
    const hash = 'linkHash' in state ? state.linkHash : null;
    if (hash === null || !isLinkOf(given.link, hash)) throw unknownExport();
    const entry = { ...address, subject: state.subject };
    const opened = state.status === 'prepared' ? await archive.open(entry, given.link.fileKey) : undefined;
    try {
      const data = { now: streams.now(), actor: holderOfLink };
      await executeOnExport(streams, address, { type: 'BeginDownload', data });
      await archive.remove(entry);
    } catch (error) {
      opened?.content.destroy();
      throw error;
    }
    if (opened === undefined)
      throw new CodedError('gone', 'The export is no longer there: ask for a new one.');
    return opened;
  }

  async function expire(entry: ArchivedExport, reason: 'time' | 'withdrawn'): Promise<void> {
    await maker.abandon(entry);
    maker.forget(entry);
    await executeOnExport(streams, entry, { type: 'ExpireExport', data: { reason } });
    await archive.remove(entry);
  }

  async function sweep(): Promise<void> {
    for (const entry of await archive.list()) {
      const state = await loadExport(streams, entry);
      if (state.status === 'prepared' && state.expiresAt <= streams.now()) await expire(entry, 'time');
      const isOver = ['downloaded', 'expired', 'failed'].includes(state.status);
      if (isOver) await archive.remove(entry);
    }
  }

  return {
    request,
    look,
    download,
    sweep,
    async finished(address) {
      await maker.settled(address);
      return known(address);
    },
    async withdraw(tenantId, subjects) {
      const theirs = new Set(subjects);
      for (const entry of await archive.list()) {
        if (entry.tenantId !== tenantId || !theirs.has(entry.subject)) continue;
        if ((await loadExport(streams, entry)).status === 'none') await archive.remove(entry);
        else await expire(entry, 'withdrawn');
      }
    },
    async recover() {
      for (const entry of await archive.list()) {
        const state = await loadExport(streams, entry);
        if (state.status === 'none') await archive.remove(entry);
        const isUntold = state.status === 'prepared' && !state.linkTold && state.expiresAt > streams.now();
        if (state.status === 'requested' || isUntold) maker.enqueue(entry);
      }
      await sweep();
    },
    stop: () => maker.stop(),
  };
}

/** The same answer for an export that never was and for a wrong link. */
function unknownExport(): CodedError {
  return new CodedError('not-found', 'There is no such export, or the link is not complete.');
}
