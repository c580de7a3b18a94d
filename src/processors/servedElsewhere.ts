import type { DocumentStore } from '../documentStore/documentStore.js';
import { parsePosition } from '../eventStore/eventStore.js';
import type { ProcessorLogger } from './failure.js';
import type { PositionGate } from './positionGate.js';
import type { Projection } from './processor.js';
import { buildKey, physicalNames } from './projectionBuild.js';
import type { ReadModelNews } from './readModelNews.js';
import { openPointer, type ReadModelPointer } from './readModelPointer.js';

/** Milliseconds between two looks at the stores; news come in between. */
const lookInterval = 1000;

/** Milliseconds without news after which the store is asked: whoever runs the projection repeats itself each second. */
const patience = 3000;

/** What another instance makes of a projection: which build is served, and how far it has come. */
export class ServedElsewhere {
  #pointer: ReadModelPointer | undefined;
  #defined: string | undefined;
  #isActive = false;
  #heardAt = Number.NEGATIVE_INFINITY;
  #wake: () => void = () => undefined;

  constructor(
    readonly projection: Projection,
    readonly parts: {
      readonly documentStore: DocumentStore;
      readonly news: ReadModelNews;
      readonly logger: ProcessorLogger;
    },
    readonly gate: PositionGate,
    readonly onPointer: (pointer: ReadModelPointer) => void,
  ) {
    parts.news.listen(projection.name, ({ build, position }) => {
      if (!this.#isActive) return;
      if (build !== this.#defined) return this.#wake();
      this.#heardAt = performance.now();
      gate.advance(parsePosition(position) ?? 'start');
    });
  }

  get isRebuilding(): boolean {
    return this.#isActive && this.#pointer !== undefined && this.#pointer.next !== null;
  }

  /** Keeps up until `end` settles, whose value is passed on. @param onLook told each time it is known what is served */
  async until<T>(end: Promise<T>, signal: AbortSignal, onLook: () => void): Promise<T> {
    this.#isActive = true;
    let ended = false;
    const settled = end.then(
      () => {
        ended = true;
      },
      () => {
        ended = true;
      },
    );
    try {
      while (!ended && !signal.aborted) {
        if (await this.look()) onLook();
        await Promise.race([settled, this.#pause()]);
      }
      return await end;
    } finally {
      this.#isActive = false;
      this.#defined = undefined;
    }
  }

  /** Resolves when no other instance makes a new build, as far as can be seen from here. */
  async noRebuild(): Promise<void> {
    while (this.isRebuilding) {
      await this.#pause();
      await this.look();
    }
  }

  /** False, and nothing else, where it cannot be seen now. */
  async look(): Promise<boolean> {
    const { documentStore, logger } = this.parts;
    const { name } = this.projection;
    try {
      const pointer = await openPointer(documentStore, this.projection);
      if (!this.#isActive) return true;
      const key = buildKey(name, pointer.live);
      const isNew = this.#defined !== key;
      if (isNew) await this.#define(pointer);
      if (!this.#isActive) return true;
      this.#defined = key;
      this.#pointer = pointer;
      this.onPointer(pointer);
      if (!isNew && performance.now() - this.#heardAt < patience) return true;
      const checkpoint = await documentStore.getCheckpoint(key);
      if (this.#isActive) this.gate.advance(parsePosition(checkpoint ?? '') ?? 'start');
      return true;
    } catch (error) {
      logger.warn({ processor: name, err: error }, 'how far a read model has come could not be read');
      return false;
    }
  }

  /** Queries need to know the indexes; of a version that this code does not have there are none to tell. */
  async #define({ live }: ReadModelPointer): Promise<void> {
    const physical = physicalNames(this.projection, live);
    const known = this.projection.collections.filter(
      ({ name }) => live.collections[name] === physical.get(name),
    );
    await this.parts.documentStore.define(
      known.map(({ name, indexes }) => ({ name: physical.get(name) ?? name, indexes })),
    );
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, lookInterval);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
