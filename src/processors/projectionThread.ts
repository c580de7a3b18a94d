import { Worker, type WorkerOptions } from 'node:worker_threads';
import { CodedError } from '../domain/errors.js';
import type { EventReading } from '../eventStore/eventStore.js';
import type { ErasedPersons } from './erasedPersons.js';
import type { Place } from './eventFeed.js';
import type { ProcessorLogger } from './failure.js';
import { PositionGate } from './positionGate.js';
import type { ProcessorStatus, Projection } from './processor.js';
import type { ProjectionHost } from './projectionHost.js';
import type { PastPeriods } from './projectionRunner.js';
import { errorOf, type Failure, ThreadCalls } from './threadCalls.js';

/** What the thread of the projections lets this one call. */
export type ProjectionService = Pick<
  ProjectionHost,
  | 'start'
  | 'stop'
  | 'rebuild'
  | 'parked'
  | 'retry'
  | 'purge'
  | 'caughtUp'
  | 'forgetPast'
  | 'giveWay'
  | 'advanceClock'
>;

/** What it needs of this one. */
export interface ProjectionNeeds {
  readStream: EventReading['readStream'];
  /** The next of those who are erased, undefined after the last. @param run tells those apart who go through all of them */
  nextErased(run: number): Promise<ErasedSome | undefined>;
  /** They are gone through, or no longer needed. */
  endErased(run: number): Promise<void>;
  pastPeriods(): Promise<readonly (PastPeriods extends Iterable<infer Past> ? Past : never)[]>;
  dropCollection(name: string): Promise<void>;
  warn(fields: object, error: Failure | undefined, message: string): Promise<void>;
}

type ErasedSome = ErasedPersons extends AsyncIterable<infer Some> ? Some : never;

/** How a projection is getting on, as its thread tells now and then. */
export interface ProjectionState {
  readonly status: ProcessorStatus;
  readonly place: Place;
  /** Physical names of the collections that are served, by logical ones. */
  readonly collections: Readonly<Record<string, string>>;
}

export interface ProjectionThreadOptions {
  readonly projections: readonly Projection[];
  /** The script that serves `ProjectionService`. */
  readonly script: URL;
  /** What the script is started with. */
  readonly start: Pick<WorkerOptions, 'workerData' | 'transferList'>;
  readonly needs: Pick<ProjectionNeeds, 'readStream' | 'dropCollection'>;
  erasedPersons(): ErasedPersons;
  pastPeriods(): PastPeriods;
  /** Before anyone acts on what the thread said: what it has committed is to be seen. */
  refresh(): void;
  /**
   * The thread ended by itself, or says nothing any more. It may have left the document store locked for this whole process,
   * which has to end too: as after any crash, the next start goes on from what is on disk.
   */
  onDeath(error: Error): void;
  readonly logger: ProcessorLogger;
}

/** The thread speaks each second. After so many looks in a row that found it silent it counts as dead: not soon, since other
 * programs may leave it little. */
const silentLooks = 18;
const lookInterval = 10_000;

type Calls = ThreadCalls<ProjectionService, readonly ProjectionState[]>;

class ThreadEnded extends Error {
  readonly code = 'projection-thread-ended';
}

/**
 * Runs the projections on a thread of their own, so that folding takes nothing from the thread that takes events in. What
 * is known of them here is as old as the last message.
 */
export class ProjectionThread implements ProjectionHost {
  readonly #gates: ReadonlyMap<string, PositionGate>;
  readonly #ownerOf: ReadonlyMap<string, string>;
  readonly #states: Map<string, ProjectionState>;
  #worker: Worker | undefined;
  #calls: Calls | undefined;
  #silentLooks = 0;
  #watch: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(readonly options: ProjectionThreadOptions) {
    const { projections } = options;
    this.#gates = new Map(projections.map(({ name }) => [name, new PositionGate()]));
    this.#ownerOf = new Map(
      projections.flatMap(({ name, collections }) => collections.map((each) => [each.name, name])),
    );
    this.#states = new Map(projections.map((projection) => [projection.name, stateBefore(projection)]));
  }

  /** @throws what the thread ended with, where it cannot start */
  async start(): Promise<void> {
    const worker = new Worker(this.options.script, this.options.start);
    const calls: Calls = new ThreadCalls(worker, this.#needs(), (states) => this.#hear(states));
    this.#worker = worker;
    this.#calls = calls;
    const ended = new Promise<never>((_, reject) => {
      const end = (error: Error) => {
        calls.abandon(error);
        reject(error);
      };
      worker.once('error', end);
      worker.once('exit', (code) =>
        end(new ThreadEnded(`the thread of the projections ended with code ${code}`)),
      );
    });
    try {
      await Promise.race([calls.call('start'), ended]);
    } catch (error) {
      this.#isStopping = true;
      ended.catch(() => undefined);
      await worker.terminate();
      throw error;
    }
    ended.catch((error: Error) => this.#died(error));
    this.#watch = setInterval(() => this.#look(), lookInterval).unref();
  }

  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    clearInterval(this.#watch);
    // Its stores are closed when it has answered.
    await this.#calls?.call('stop');
    this.#calls?.abandon(new CodedError('conflict', 'The processors are being stopped.'));
    await this.#worker?.terminate();
    for (const gate of this.#gates.values()) gate.close();
  }

  statuses() {
    return [...this.#states.values()].map(({ status }) => status);
  }

  isHere(projection: string): boolean {
    return this.#state(projection) !== undefined;
  }

  liveCollection(collection: string): string {
    const owner = this.#ownerOf.get(collection);
    if (owner === undefined) throw new Error(`no projection has a collection ${collection}`);
    const name = this.#state(owner).collections[collection];
    if (name === undefined) throw new CodedError('read-model-behind', 'This read model is being built.');
    return name;
  }

  position: ProjectionHost['position'] = (projection) => {
    const { place } = this.#gate(projection);
    return place === 'start' ? undefined : place;
  };

  waitFor: ProjectionHost['waitFor'] = (projection, position, timeout) =>
    this.#gate(projection).wait(position, timeout);

  rebuild: ProjectionHost['rebuild'] = (...args) => this.#thread.call('rebuild', ...args);
  parked: ProjectionHost['parked'] = (...args) => this.#thread.call('parked', ...args);
  retry: ProjectionHost['retry'] = (...args) => this.#thread.call('retry', ...args);
  purge: ProjectionHost['purge'] = (...args) => this.#thread.call('purge', ...args);
  caughtUp: ProjectionHost['caughtUp'] = async (...args) =>
    this.#isStopping ? 'read-model-behind' : this.#thread.call('caughtUp', ...args);
  forgetPast: ProjectionHost['forgetPast'] = (...args) => this.#thread.call('forgetPast', ...args);
  giveWay: ProjectionHost['giveWay'] = (...args) => this.#thread.call('giveWay', ...args);
  advanceClock: ProjectionHost['advanceClock'] = (...args) => this.#thread.call('advanceClock', ...args);

  get #thread(): Calls {
    if (this.#calls === undefined) throw new CodedError('conflict', 'The processors have not started yet.');
    return this.#calls;
  }

  #look(): void {
    this.#silentLooks += 1;
    if (this.#silentLooks > silentLooks)
      this.#died(new ThreadEnded('the thread of the projections says nothing any more'));
  }

  #died(error: Error): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    clearInterval(this.#watch);
    this.options.onDeath(error);
  }

  #needs(): ProjectionNeeds {
    const { needs, erasedPersons, pastPeriods, logger } = this.options;
    const runs = new Map<number, AsyncIterator<ErasedSome>>();
    return {
      ...needs,
      async nextErased(run) {
        const persons = runs.get(run) ?? erasedPersons()[Symbol.asyncIterator]();
        runs.set(run, persons);
        const { done, value } = await persons.next();
        return done === true ? undefined : value;
      },
      async endErased(run) {
        await runs.get(run)?.return?.();
        runs.delete(run);
      },
      pastPeriods: async () => [...pastPeriods()],
      async warn(fields, error, message) {
        logger.warn(error === undefined ? fields : { ...fields, err: errorOf(error) }, message);
      },
    };
  }

  #hear(states: readonly ProjectionState[]): void {
    this.#silentLooks = 0;
    this.options.refresh();
    for (const state of states) this.#states.set(state.status.name, state);
    for (const { status, place } of states) this.#gates.get(status.name)?.advance(place);
  }

  #state(projection: string): ProjectionState {
    const state = this.#states.get(projection);
    if (state === undefined) throw new CodedError('not-found', 'There is no such processor.');
    return state;
  }

  #gate(projection: string): PositionGate {
    const gate = this.#gates.get(projection);
    if (gate === undefined) throw new CodedError('not-found', 'There is no such processor.');
    return gate;
  }
}

function stateBefore({ name, version }: Projection): ProjectionState {
  const status: ProcessorStatus = {
    ...{ name, version, kind: 'projection', state: 'starting', position: null, lag: 0, behind: true },
    ...{ waiting: 0, parked: 0, rebuildProgress: null, error: null },
  };
  return { status, place: 'start', collections: {} };
}
