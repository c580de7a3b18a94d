import { once } from 'node:events';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { CodedError } from '../domain/errors.js';
import type { EventReading } from '../eventStore/eventStore.js';
import { Backoff, type ProcessorTime } from './backoff.js';
import type { ErasedPersons } from './erasedPersons.js';
import type { Place } from './eventFeed.js';
import { type ProcessorLogger, reasonOf } from './failure.js';
import { PositionGate } from './positionGate.js';
import type { ProcessorStatus, Projection } from './processor.js';
import type { ProjectionHost } from './projectionHost.js';
import type { PastPeriods } from './projectionRunner.js';
import { errorOf, type Failure, ThreadCalls } from './threadCalls.js';

/** What the thread of the projections lets this one call. */
export type ProjectionService = Pick<
  ProjectionHost,
  'start' | 'stop' | 'rebuild' | 'parked' | 'retry' | 'purge' | 'caughtUp' | 'forgetPast' | 'advanceClock'
>;

/** What it needs of this one. */
export interface ProjectionNeeds {
  readStream: EventReading['readStream'];
  /** The next of those who are erased, undefined after the last. @param run tells those apart who go through all of them */
  nextErased(run: number): Promise<ErasedSome | undefined>;
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
  start(): Pick<WorkerOptions, 'workerData' | 'transferList'>;
  readonly needs: Omit<ProjectionNeeds, 'nextErased' | 'pastPeriods' | 'warn'>;
  erasedPersons(): ErasedPersons;
  pastPeriods(): PastPeriods | Promise<PastPeriods>;
  /** Before anyone acts on what the thread said: what it has committed is to be seen. */
  refresh(): void;
  readonly time: ProcessorTime;
  readonly logger: ProcessorLogger;
}

class ThreadEnded extends Error {
  readonly code = 'projection-thread-ended';
}

type Calls = ThreadCalls<ProjectionService, readonly ProjectionState[]>;

/**
 * Runs the projections on a thread of their own, so that folding takes nothing from the thread that takes events in. What
 * is known of them here is as old as the last message. A thread that dies is started again and goes on from the checkpoints.
 */
export class ProjectionThread implements ProjectionHost {
  readonly #gates: ReadonlyMap<string, PositionGate>;
  readonly #ownerOf: ReadonlyMap<string, string>;
  readonly #states: Map<string, ProjectionState>;
  readonly #stopping = new AbortController();
  #started = newStart();
  #worker: Worker | undefined;
  #calls: Calls | undefined;
  #running: Promise<void> | undefined;

  constructor(readonly options: ProjectionThreadOptions) {
    const { projections } = options;
    this.#gates = new Map(projections.map(({ name }) => [name, new PositionGate()]));
    this.#ownerOf = new Map(
      projections.flatMap(({ name, collections }) => collections.map((each) => [each.name, name])),
    );
    this.#states = new Map(projections.map((projection) => [projection.name, stateBefore(projection)]));
  }

  async start(): Promise<void> {
    this.#running = this.#run();
    await this.#started.calls;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#calls?.call('stop').catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'the thread of the projections did not end as it should');
    });
    await this.#worker?.terminate();
    await this.#running;
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

  rebuild: ProjectionHost['rebuild'] = async (...args) =>
    (await this.#started.calls).call('rebuild', ...args);
  parked: ProjectionHost['parked'] = async (...args) => (await this.#started.calls).call('parked', ...args);
  retry: ProjectionHost['retry'] = async (...args) => (await this.#started.calls).call('retry', ...args);
  purge: ProjectionHost['purge'] = async (...args) => (await this.#started.calls).call('purge', ...args);
  caughtUp: ProjectionHost['caughtUp'] = async (...args) =>
    (await this.#started.calls).call('caughtUp', ...args);
  forgetPast: ProjectionHost['forgetPast'] = async (...args) =>
    (await this.#started.calls).call('forgetPast', ...args);
  advanceClock: ProjectionHost['advanceClock'] = async (...args) =>
    (await this.#started.calls).call('advanceClock', ...args);

  async #run(): Promise<void> {
    const { time, logger } = this.options;
    const { signal } = this.#stopping;
    const backoff = new Backoff(time, signal);
    while (!signal.aborted) {
      try {
        await this.#runThread();
        backoff.succeeded();
      } catch (error) {
        if (signal.aborted) break;
        logger.warn({ err: error }, 'the thread of the projections ended; it is started again');
        this.#failed(reasonOf(error));
        await backoff.failed().catch(() => undefined);
      }
    }
    this.#started.fail(new CodedError('conflict', 'The processors are being stopped.'));
  }

  /** Rejects when the thread ends. */
  async #runThread(): Promise<never> {
    const worker = new Worker(this.options.script, this.options.start());
    const calls: Calls = new ThreadCalls(worker, this.#needs(), (states) => this.#hear(states));
    this.#worker = worker;
    this.#calls = calls;
    try {
      const ended = once(worker, 'exit').then(([code]) => {
        throw new ThreadEnded(`the thread ended with code ${code}`);
      });
      await Promise.race([calls.call('start'), ended]);
      this.#started.succeed(calls);
      return await ended;
    } finally {
      this.#calls = undefined;
      this.#started = newStart();
      calls.abandon(new CodedError('read-model-behind', 'The read models are started again: try it again.'));
    }
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
        if (done !== true) return value;
        runs.delete(run);
        return undefined;
      },
      pastPeriods: async () => [...(await pastPeriods())],
      async warn(fields, error, message) {
        logger.warn(error === undefined ? fields : { ...fields, err: errorOf(error) }, message);
      },
    };
  }

  #hear(states: readonly ProjectionState[]): void {
    this.options.refresh();
    for (const state of states) this.#states.set(state.status.name, state);
    for (const { status, place } of states) this.#gates.get(status.name)?.advance(place);
  }

  #failed(error: string): void {
    for (const [name, { status, ...state }] of this.#states)
      this.#states.set(name, { ...state, status: { ...status, state: 'failed', behind: true, error } });
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

/** What waits for the thread to be up. */
function newStart() {
  let succeed: (calls: Calls) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const calls = new Promise<Calls>((resolve, reject) => {
    succeed = resolve;
    fail = reject;
  });
  // Where nobody waits, nobody is to be told.
  calls.catch(() => undefined);
  return { calls, succeed, fail };
}

function stateBefore({ name, version }: Projection): ProjectionState {
  const status: ProcessorStatus = {
    ...{ name, version, kind: 'projection', state: 'starting', position: null, lag: 0, behind: true },
    ...{ waiting: 0, parked: 0, rebuildProgress: null, error: null },
  };
  return { status, place: 'start', collections: {} };
}
