import { setTimeout } from 'node:timers/promises';
import type { RetentionRounds } from '../commands/retentionRounds.js';
import type { Shortened, ShortenStreams } from '../commands/shortenStreams.js';
import type {
  Document,
  DocumentCursor,
  DocumentPage,
  DocumentStore,
} from '../documentStore/documentStore.js';
import { isAnalysisStream } from '../domain/analysis/streamName.js';
import { type RetentionCategory, retentionCategories } from '../domain/retention/categories.js';
import { nothingRemoved, type Removed } from '../domain/retention/events.js';
import type { RetentionState } from '../domain/retention/evolve.js';
import { type Cutoffs, cutoffsAt, type RetentionPeriods } from '../domain/retention/periods.js';
import type { Processors } from '../processors/processors.js';
import {
  type RetainedStreamDocument,
  retainedStreamsCollection,
} from '../projections/retainedStreams/document.js';

/** Milliseconds between the beginnings of two rounds of a tenant. */
const roundEvery = 24 * 3_600_000;
const streamsAtATime = 50;
/** Milliseconds between two pieces of work, so that everything else goes first. */
const pause = 10;

export interface RetentionOptions {
  readonly documentStore: DocumentStore;
  readonly processors: Pick<Processors, 'liveCollection' | 'forgetting' | 'forgetPast'>;
  readonly rounds: RetentionRounds;
  readonly shorten: ShortenStreams;
  /** Tenants with policies of their own. */
  readonly tenants: () => readonly string[];
  readonly periodsOf: (tenantId: string) => RetentionPeriods;
  readonly newId: () => string;
  readonly now: () => number;
  /** Told of a round that could not go on; the next look takes it up where it was. */
  readonly onError: (error: unknown) => void;
}

export interface Retention {
  /** Goes on with rounds under way and begins those that are due. Resolves when none is left. */
  runDue(signal: AbortSignal): Promise<void>;
  /** Looks for ever, `interval` milliseconds apart. Returns what ends it, with the piece of work under way. */
  start(interval: number): () => Promise<void>;
}

/** How far a round is: first the streams of each category, then the documents of each collection. */
interface Progress extends Document {
  readonly roundId: string;
  /** Counts categories, then collections. */
  readonly step: number;
  readonly after: DocumentCursor | null;
  readonly removed: Removed;
}

const progressCollection = 'retentionProgress';

export function applyRetention(options: RetentionOptions): Retention {
  const { documentStore, processors, rounds, shorten, now } = options;

  async function runDue(signal: AbortSignal): Promise<void> {
    await documentStore.define([{ name: progressCollection, indexes: [] }]);
    for (const tenantId of options.tenants()) {
      const state = await dueRound(tenantId);
      if (state?.round == null) continue;
      const removed = await carryOut(tenantId, state.round.roundId, state.cutoffs, signal);
      if (removed === undefined) return;
      await rounds.execute(tenantId, {
        type: 'CompleteRound',
        roundId: state.round.roundId,
        at: now(),
        removed,
      });
      await documentStore.commit({ deletes: [{ collection: progressCollection, id: tenantId }] });
    }
  }

  async function dueRound(tenantId: string): Promise<RetentionState | undefined> {
    const state = rounds.of(tenantId);
    if (state.round !== null) return state;
    if (state.completedAt !== null && now() - state.completedAt < roundEvery) return undefined;
    const cutoffs = cutoffsAt(now(), options.periodsOf(tenantId));
    if (Object.keys(cutoffs).length === 0) return undefined;
    return rounds.execute(tenantId, { type: 'BeginRound', roundId: options.newId(), at: now(), cutoffs });
  }

  /** Undefined where it was stopped before the end. */
  async function carryOut(
    tenantId: string,
    roundId: string,
    cutoffs: Cutoffs,
    signal: AbortSignal,
  ): Promise<Removed | undefined> {
    let progress = await progressOf(tenantId, roundId);
    while (!signal.aborted) {
      const next = await piece(tenantId, cutoffs, progress);
      if (next === undefined) return progress.removed;
      progress = next;
      await documentStore.commit({ puts: [{ collection: progressCollection, document: progress }] });
      await setTimeout(pause, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }

  async function progressOf(tenantId: string, roundId: string): Promise<Progress> {
    const stored = await documentStore.get<Progress>(progressCollection, tenantId);
    return stored?.roundId === roundId
      ? stored
      : { id: tenantId, roundId, step: 0, after: null, removed: nothingRemoved };
  }

  /** One page of work; undefined where all is done. */
  async function piece(
    tenantId: string,
    cutoffs: Cutoffs,
    progress: Progress,
  ): Promise<Progress | undefined> {
    const { step, after } = progress;
    const category = retentionCategories[step];
    if (category !== undefined) {
      const cutoff = cutoffs[category];
      if (cutoff === undefined) return atNextStep(progress);
      return shortenSome(tenantId, category, cutoff, progress);
    }
    const place = processors.forgetting()[step - retentionCategories.length];
    if (place === undefined) return undefined;
    const { changed, next } = await processors.forgetPast(place, tenantId, cutoffs, after ?? undefined);
    const { documents } = progress.removed;
    const count = (documents[place.collection] ?? 0) + changed;
    const removed = { ...progress.removed, documents: { ...documents, [place.collection]: count } };
    return goOn({ ...progress, removed: changed === 0 ? progress.removed : removed }, next);
  }

  async function shortenSome(
    tenantId: string,
    category: RetentionCategory,
    cutoff: number,
    progress: Progress,
  ): Promise<Progress> {
    const page: DocumentPage<RetainedStreamDocument> = await documentStore.find<RetainedStreamDocument>(
      processors.liveCollection(retainedStreamsCollection.name),
      {
        where: { tenantId, category, since: { lt: cutoff } },
        sort: { field: 'since', direction: 'asc' },
        limit: streamsAtATime,
        ...(progress.after === null ? {} : { after: progress.after }),
      },
    );
    let { events, journeys } = progress.removed;
    for (const stream of page.documents) {
      const done = await shortenOne(stream, cutoff);
      if (done.events > 0) events = { ...events, [category]: (events[category] ?? 0) + done.events };
      if (done.ended && category === 'activity') journeys += 1;
    }
    return goOn({ ...progress, removed: { ...progress.removed, events, journeys } }, page.next);
  }

  async function shortenOne(stream: RetainedStreamDocument, cutoff: number): Promise<Shortened> {
    const { tenantId, streamName, subject, category, keptAt } = stream;
    const isLog = category === 'rejected' || isAnalysisStream(streamName);
    if (category === 'help' && !isLog) return shorten.whole(streamName, cutoff);
    if (isLog || subject === undefined) return shorten.log(streamName, cutoff);
    const keptRevision = keptAt === null ? undefined : BigInt(keptAt);
    return shorten.journey({ tenantId, subject, keptAt: keptRevision }, cutoff);
  }

  return {
    runDue,
    start(interval) {
      const stopping = new AbortController();
      const { signal } = stopping;
      const running = (async () => {
        while (!signal.aborted) {
          await runDue(signal).catch(options.onError);
          await setTimeout(interval, undefined, { signal }).catch(() => undefined);
        }
      })();
      return () => {
        stopping.abort();
        return running;
      };
    },
  };
}

function goOn(progress: Progress, next: DocumentCursor | undefined): Progress {
  return next === undefined ? atNextStep(progress) : { ...progress, after: next };
}

function atNextStep(progress: Progress): Progress {
  return { ...progress, step: progress.step + 1, after: null };
}
