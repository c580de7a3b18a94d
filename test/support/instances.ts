import { randomUUID } from 'node:crypto';
import type { DocumentStore } from '../../src/documentStore/documentStore.js';
import { systemTime } from '../../src/processors/backoff.js';
import { LeasedClaims } from '../../src/processors/leasedClaims.js';
import type { Processors, ProcessorsOptions } from '../../src/processors/processors.js';
import type { SharedState } from '../../src/sharedState/sharedState.js';
import { fencedViews } from './fencedStore.js';
import type { Rig } from './processorRig.js';

/** Milliseconds. Short, so that tests need not wait for leases to run out. */
export const quickTimes = { lease: 400, round: 50, silence: 250 };

export interface Instance {
  readonly processors: Processors;
  start(): Promise<void>;
  /** In order: hands over what it runs. */
  stop(): Promise<void>;
  /** As a process that gets no time: whatever it asks of the stores is done when it goes on. */
  pause(): void;
  resume(): void;
  /** Names of what it runs now. */
  runs(): string[];
}

/** Instances of one installation in this process, on the rig's stores. */
export function instancesOn(rig: Rig, sharedState: () => SharedState) {
  const view = fencedViews(rig.documentStore);
  return (
    options: Pick<ProcessorsOptions, 'projections' | 'reactors'> & { batchSize?: number },
  ): Instance => {
    const turnstile = new Turnstile();
    const shared = throughTurnstile(sharedState(), turnstile);
    const claims = new LeasedClaims({
      sharedState: shared,
      instanceId: randomUUID(),
      logger: { warn: () => undefined },
      times: quickTimes,
    });
    const processors = rig.processors({
      ...options,
      documentStore: storeThroughTurnstile(view(), turnstile),
      shared: { claims, sharedState: shared, stepTime: 1000, observers: [] },
      time: systemTime,
    });
    return {
      processors,
      async start() {
        await processors.start();
      },
      async stop() {
        await processors.stop();
        await claims.stop();
      },
      pause: () => turnstile.close(),
      resume: () => turnstile.open(),
      runs: () =>
        processors
          .statuses()
          .filter(({ state }) => state === 'running' || state === 'rebuilding')
          .map(({ name }) => name),
    };
  };
}

class Turnstile {
  #opened: Promise<void> = Promise.resolve();
  open: () => void = () => undefined;

  close(): void {
    this.#opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  pass(): Promise<void> {
    return this.#opened;
  }
}

function storeThroughTurnstile(store: DocumentStore, turnstile: Turnstile): DocumentStore {
  return {
    ...store,
    async commit(commit) {
      await turnstile.pass();
      await store.commit(commit);
    },
    async getCheckpoint(name) {
      await turnstile.pass();
      return store.getCheckpoint(name);
    },
  };
}

function throughTurnstile(state: SharedState, turnstile: Turnstile): SharedState {
  return {
    ...state,
    async acquireLease(name, duration) {
      await turnstile.pass();
      return state.acquireLease(name, duration);
    },
    async renewLease(lease, duration) {
      await turnstile.pass();
      return state.renewLease(lease, duration);
    },
    async publish(topic, message) {
      await turnstile.pass();
      await state.publish(topic, message);
    },
  };
}
