import { LRUCache } from 'lru-cache';
import type { PastHelp } from '../../domain/decision/commands.js';

/** Far more people than are decided about while the read model is behind; earlier help is found there. */
const remembered = 10_000;
/** Of one person. */
const most = 50;

/**
 * The read model of decisions lags: what was decided here since the start is remembered, and decisions about one person are
 * made one after the other.
 */
export class RecentDecisions {
  readonly #byPerson = new LRUCache<string, readonly PastHelp[]>({ max: remembered });
  readonly #underWay = new Map<string, Promise<unknown>>();
  #ready: Promise<void> | undefined;

  constructor(
    /**
     * Resolves once the read model holds all that was recorded before the call. Where it cannot be awaited any longer it
     * rejects with `DocumentStoreUnavailable`, so that the cause is looked at again later.
     */
    readonly caughtUp: () => Promise<void>,
  ) {}

  /** Others may have decided since: what is remembered is dropped, and the read model asked anew. */
  restart(): void {
    this.#byPerson.clear();
    this.#ready = undefined;
  }

  async of(person: string): Promise<readonly PastHelp[]> {
    this.#ready ??= this.caughtUp();
    try {
      await this.#ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
    return this.#byPerson.get(person) ?? [];
  }

  add(person: string, help: PastHelp): void {
    this.#byPerson.set(person, [help, ...(this.#byPerson.get(person) ?? [])].slice(0, most));
  }

  /** Runs the work about one person after what was begun about them before. */
  async oneByOne<T>(person: string, work: () => Promise<T>): Promise<T> {
    const before = this.#underWay.get(person);
    const result = (before ?? Promise.resolve()).then(work);
    const settled = result.catch(() => undefined);
    this.#underWay.set(person, settled);
    try {
      return await result;
    } finally {
      if (this.#underWay.get(person) === settled) this.#underWay.delete(person);
    }
  }
}
