import type { DocumentCursor, DocumentPage } from '../documentStore/documentStore.js';
import type { Position } from '../domain/metadata.js';
import type { Cutoffs } from '../domain/retention/periods.js';
import type { RetryResult } from './parkedEvents.js';
import type { ParkedEvent, ProcessorStatus } from './processor.js';
import type { ForgottenPage } from './projectionBuild.js';

/** Where the read models stand, for those who read them. */
export interface ReadModels {
  /**
   * The physical collection that now serves a logical one. Ask for each read: a rebuild changes it.
   * @throws CodedError `read-model-behind` before the first start
   */
  liveCollection(collection: string): string;
  /** Undefined where the projection has seen no event. */
  position(projection: string): Position | undefined;
  /** True as soon as the projection has seen the position; false after `timeout` milliseconds, if given. */
  waitFor(projection: string, position: Position, timeout?: number): Promise<boolean>;
}

/** What keeps read models from having seen a position. */
export type NotCaughtUp = 'rebuild-under-way' | 'read-model-behind';

/** A collection whose documents forget what is past its period, with its projection. */
export interface ForgettingCollection {
  readonly projection: string;
  readonly collection: string;
}

/**
 * What runs the projections: on this thread or on another, so that everything it is asked and answers is plain data.
 * Methods that name a projection throw, or reject with, a CodedError `not-found` where there is none of that name.
 */
export interface ProjectionHost extends ReadModels {
  /** Resolves when each projection knows what it serves. */
  start(): Promise<void>;
  /** Ends with the batches under way. */
  stop(): Promise<void>;
  statuses(): readonly ProcessorStatus[];
  /** Whether this instance runs it. */
  isHere(projection: string): boolean;
  /** Begins to build its documents anew beside the live ones. @throws CodedError `conflict` while that is under way */
  rebuild(projection: string): Promise<void>;
  /** Oldest first. */
  parked(
    projection: string,
    page: { readonly limit: number; readonly after?: DocumentCursor },
  ): Promise<DocumentPage<ParkedEvent>>;
  /** @throws CodedError `not-found` */
  retry(projection: string, parkedId: string): Promise<RetryResult>;
  /** Removes the documents about these persons, of whom all is processed, from all read models, and what is parked. */
  purge(tenantId: string, subjects: readonly string[]): Promise<void>;
  /**
   * Resolves when no rebuild is under way and all have seen the position: with nothing, or with what was in the way after
   * `timeout` milliseconds or at the stop.
   */
  caughtUp(position: Position | undefined, timeout?: number): Promise<NotCaughtUp | undefined>;
  /** Lets some documents of a live collection forget, between two batches. @throws CodedError `conflict` before the first build */
  forgetPast(
    of: ForgettingCollection,
    tenantId: string,
    cutoffs: Cutoffs,
    after: DocumentCursor | undefined,
  ): Promise<ForgottenPage>;
  /** While it is on, reactions come late, and projections work a small part of the time only. */
  giveWay(on: boolean): Promise<void>;
  /** Lets documents follow the clock. */
  advanceClock(now: number): Promise<void>;
}
