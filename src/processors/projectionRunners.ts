import { CodedError } from '../domain/errors.js';
import type { Projection } from './processor.js';
import type { ProjectionHost } from './projectionHost.js';
import { ProjectionRunner, type RunnerParts } from './projectionRunner.js';

/** Events of a batch: large enough that handing it round costs little, small enough that it is still young when done. */
export const projectionBatchSize = 1000;
/** Most events that a projection folds between two commits. */
export const projectionCommitSize = 50_000;

/** Runs the projections on this thread. */
export class ProjectionRunners implements ProjectionHost {
  readonly #runners: ReadonlyMap<string, ProjectionRunner>;
  readonly #ownerOf = new Map<string, ProjectionRunner>();

  constructor(
    projections: readonly Projection[],
    readonly parts: RunnerParts,
  ) {
    this.#runners = new Map(projections.map((each) => [each.name, new ProjectionRunner(each, parts)]));
    for (const runner of this.#runners.values()) {
      for (const { name } of runner.projection.collections) {
        if (this.#ownerOf.has(name)) throw new Error(`two projections have a collection ${name}`);
        this.#ownerOf.set(name, runner);
      }
    }
  }

  async start(): Promise<void> {
    await Promise.all(this.#all().map((runner) => runner.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map((runner) => runner.stop()));
  }

  statuses() {
    return this.#all().map((runner) => runner.status());
  }

  isHere(projection: string): boolean {
    return this.#runner(projection).isHere;
  }

  async rebuild(projection: string): Promise<void> {
    await this.#runner(projection).rebuild();
  }

  parked: ProjectionHost['parked'] = async (projection, page) =>
    this.#runner(projection).withStored((build) => build.parked.list(page));

  retry: ProjectionHost['retry'] = async (projection, parkedId) =>
    this.#runner(projection).withLive((build) => build.retry(parkedId));

  /** All pause for it at the same time: one that pauses alone falls behind, and then reads and decodes events for itself. */
  async purge(tenantId: string, subjects: readonly string[]): Promise<void> {
    await Promise.all(this.#all().map((runner) => runner.purge(tenantId, subjects)));
  }

  caughtUp: ProjectionHost['caughtUp'] = async (position, timeout) => {
    const runners = this.#all();
    const seen = await Promise.all(runners.map((runner) => runner.caughtUp(position, timeout)));
    if (seen.every(Boolean)) return undefined;
    return runners.some((runner, at) => !seen[at] && runner.isRebuilding)
      ? 'rebuild-under-way'
      : 'read-model-behind';
  };

  forgetPast: ProjectionHost['forgetPast'] = async ({ projection, collection }, tenantId, cutoffs, after) =>
    this.#runner(projection).withLive((build) => build.forgetPast(collection, tenantId, cutoffs, after));

  async giveWay(on: boolean): Promise<void> {
    this.parts.turns.giveWay = on;
  }

  /** Those that have processed everything follow at once. */
  async advanceClock(now: number): Promise<void> {
    await Promise.all(this.#all().map((runner) => runner.advanceClock(now)));
  }

  liveCollection(collection: string): string {
    const runner = this.#ownerOf.get(collection);
    if (runner === undefined) throw new Error(`no projection has a collection ${collection}`);
    return runner.liveCollection(collection);
  }

  position: ProjectionHost['position'] = (projection) => {
    const { place } = this.#runner(projection).gate;
    return place === 'start' ? undefined : place;
  };

  waitFor: ProjectionHost['waitFor'] = (projection, position, timeout) =>
    this.#runner(projection).gate.wait(position, timeout);

  #all(): ProjectionRunner[] {
    return [...this.#runners.values()];
  }

  #runner(projection: string): ProjectionRunner {
    const runner = this.#runners.get(projection);
    if (runner === undefined) throw new CodedError('not-found', 'There is no such processor.');
    return runner;
  }
}
