import { setTimeout as wait } from 'node:timers/promises';
import type { Lease, SharedState } from '../sharedState/sharedState.js';
import type { Claim, Claims } from './claims.js';
import type { ProcessorLogger } from './failure.js';

/** Milliseconds. */
export interface ClaimTimes {
  /** A crashed holder's units are free after this. */
  readonly lease: number;
  /** Between two rounds: of renewing, of telling that this instance lives, of taking and handing over. */
  readonly round: number;
  /** An instance not heard of for so long takes no share any more. */
  readonly silence: number;
}

const defaultTimes: ClaimTimes = { lease: 5000, round: 1000, silence: 3500 };
const topic = 'instances';

export interface LeasedClaimsOptions {
  readonly sharedState: SharedState;
  /** New for each process. */
  readonly instanceId: string;
  readonly logger: ProcessorLogger;
  readonly times?: ClaimTimes;
}

/**
 * Units held by leases. Each instance takes its share of them, and hands over what is above it; a unit that nobody can be
 * asked about, because the shared state is away, stays with who holds it.
 */
export class LeasedClaims implements Claims {
  readonly alone = false;
  readonly #claims = new Map<string, LeasedClaim>();
  readonly #heard = new Map<string, number>();
  readonly #stopping = new AbortController();
  readonly #times: ClaimTimes;
  #stopListening: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  #isReachable = true;

  constructor(readonly options: LeasedClaimsOptions) {
    this.#times = options.times ?? defaultTimes;
  }

  claim(unit: string): Claim {
    if (this.#claims.has(unit)) throw new Error(`${unit} was claimed twice`);
    const claim = new LeasedClaim(unit, this.options.sharedState, {
      onWanted: () => this.#start(),
      onRelease: () => this.#release(),
    });
    this.#claims.set(unit, claim);
    return claim;
  }

  #start(): void {
    if (this.#running !== undefined) return;
    this.#stopListening = this.options.sharedState.subscribe(topic, (message) => this.#hear(message));
    this.#running = this.#round();
  }

  /** To be called when all units were released. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
    this.#stopListening?.();
    await this.#announce('gone').catch(() => undefined);
  }

  async #round(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#renew();
        await this.#announce('here');
        this.#handOver();
        await this.#take();
        this.#reached(true);
      } catch (error) {
        this.#reached(false, error);
      }
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const timer = new AbortController();
      await Promise.race([
        woken,
        wait(this.#times.round, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
    }
  }

  async #renew(): Promise<void> {
    const renewals = [...this.#claims.values()].map((claim) => claim.renew(this.#times.lease));
    const failure = (await Promise.allSettled(renewals)).find(({ status }) => status === 'rejected');
    if (failure?.status === 'rejected') throw failure.reason;
  }

  async #announce(word: 'here' | 'gone'): Promise<void> {
    await this.options.sharedState.publish(topic, `${word} ${this.options.instanceId}`);
  }

  #hear(message: string): void {
    const [word, instance = ''] = message.split(' ');
    const isNew = !this.#heard.has(instance);
    if (word === 'gone') this.#heard.delete(instance);
    else this.#heard.set(instance, performance.now());
    if (instance !== this.options.instanceId && (isNew || word !== 'here')) this.#wake();
  }

  #share(): number {
    const oldest = performance.now() - this.#times.silence;
    for (const [instance, at] of this.#heard) if (at < oldest) this.#heard.delete(instance);
    this.#heard.set(this.options.instanceId, performance.now());
    return Math.ceil(this.#claims.size / this.#heard.size);
  }

  #handOver(): void {
    const held = [...this.#claims.values()].filter((claim) => claim.held !== undefined);
    for (const claim of held.slice(this.#share())) claim.end();
  }

  /** In an order of each instance's own, so that two of them seldom ask for the same. */
  async #take(): Promise<void> {
    const claims = [...this.#claims.values()];
    let missing = this.#share() - claims.filter((claim) => claim.isTaken).length;
    const wanted = claims.filter((claim) => claim.isWanted).sort(() => Math.random() - 0.5);
    for (const claim of wanted) {
      if (missing <= 0 || this.#stopping.signal.aborted) return;
      if (await claim.take(this.#times.lease)) missing -= 1;
    }
  }

  /** Others are told at once, so that nothing rests for a round. */
  async #release(): Promise<void> {
    await this.options.sharedState.publish(topic, `free ${this.options.instanceId}`);
  }

  #reached(isReachable: boolean, error?: unknown): void {
    if (isReachable === this.#isReachable) return;
    this.#isReachable = isReachable;
    if (isReachable) this.options.logger.warn({}, 'the shared state is reached again');
    else {
      this.options.logger.warn(
        { err: error },
        'the shared state cannot be reached: this instance keeps what it runs and takes nothing',
      );
    }
  }
}

class LeasedClaim implements Claim {
  #lease: Lease | undefined;
  #holding: AbortController | undefined;
  readonly #waiting = new Set<(held: AbortSignal) => void>();

  constructor(
    readonly unit: string,
    readonly sharedState: SharedState,
    readonly told: { onWanted(): void; onRelease(): Promise<void> },
  ) {}

  get held(): AbortSignal | undefined {
    const signal = this.#holding?.signal;
    return signal?.aborted ? undefined : signal;
  }

  /** Held, or not yet stopped. */
  get isTaken(): boolean {
    return this.#holding !== undefined;
  }

  get isWanted(): boolean {
    return this.#holding === undefined && this.#waiting.size > 0;
  }

  hold(signal: AbortSignal): Promise<AbortSignal> {
    if (this.held !== undefined) return Promise.resolve(this.held);
    return new Promise((resolve, reject) => {
      const take = (held: AbortSignal) => {
        signal.removeEventListener('abort', abort);
        resolve(held);
      };
      const abort = () => {
        this.#waiting.delete(take);
        reject(signal.reason);
      };
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(take);
      this.told.onWanted();
    });
  }

  async take(duration: number): Promise<boolean> {
    const lease = await this.sharedState.acquireLease(this.unit, duration);
    if (lease === undefined) return false;
    this.#lease = lease;
    const holding = new AbortController();
    this.#holding = holding;
    // Nobody may want it any more: then it is given back at once.
    if (this.#waiting.size === 0) await this.release();
    for (const take of this.#waiting) take(holding.signal);
    this.#waiting.clear();
    return true;
  }

  async renew(duration: number): Promise<void> {
    const lease = this.#lease;
    if (lease === undefined || (await this.sharedState.renewLease(lease, duration))) return;
    if (this.#lease !== lease) return;
    this.#lease = undefined;
    this.end();
  }

  /** Asks whoever does the work to stop. */
  end(): void {
    this.#holding?.abort();
  }

  async release(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    this.#holding?.abort();
    this.#holding = undefined;
    if (lease === undefined) return;
    try {
      await this.sharedState.releaseLease(lease);
      await this.told.onRelease();
    } catch {
      // It runs out by itself.
    }
  }
}
