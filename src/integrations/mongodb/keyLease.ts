import { setTimeout as wait } from 'node:timers/promises';
import { isDuplicateKey } from './failures.js';
import type { KeyChange, KeyDatabase } from './keyDatabase.js';

const changesAtATime = 100;
const peopleInChange = 1000;
/** Clocks that count time differ by less than this share of it. */
const drift = 0.01;
/** Milliseconds a server may take to say that there is nothing new. */
const longestLook = 2000;

/**
 * How long what is kept in memory may be used. Whatever other instances have to follow is appended to a log of changes;
 * a look that finds it at its end starts a lease, over all that is in memory, of `length` milliseconds from before the
 * look. Who appends a change therefore knows that after one such length everybody has followed it, or uses nothing.
 *
 * Time is counted by the monotonic clock and by the wall clock, and the stricter one holds: the first does not notice that
 * a virtual machine was suspended, the second can be set back.
 */
export class KeyLease {
  private seen = 0;
  private monotonicEnd = Number.NEGATIVE_INFINITY;
  private wallEnd = Number.NEGATIVE_INFINITY;
  private renewing: Promise<void> | undefined;
  private readonly untold: Omit<KeyChange, '_id'>[] = [];
  private announcing: Promise<unknown> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private readonly look;

  private constructor(
    private readonly database: KeyDatabase,
    private readonly length: number,
    private readonly onChange: (change: KeyChange) => void,
    isReplicated: boolean,
  ) {
    // A primary that others have replaced without its knowledge would still answer a majority read, with the past.
    const level = isReplicated ? ('linearizable' as const) : ('majority' as const);
    this.look = { readConcern: { level }, maxTimeMS: longestLook };
  }

  /** Follows the log from its present end: nothing may have been remembered before. */
  static async begin(
    database: KeyDatabase,
    length: number,
    onChange: (change: KeyChange) => void,
  ): Promise<KeyLease> {
    const { connection, changes } = database;
    const hello = await connection.read(() => connection.database.admin().command({ hello: 1 }));
    const isReplicated = hello.setName !== undefined || hello.msg === 'isdbgrid';
    const lease = new KeyLease(database, length, onChange, isReplicated);
    lease.seen = await lastChange(database);
    await connection.read(() => changes.findOne({ _id: lease.seen }, lease.look));
    await lease.renew();
    lease.timer = setInterval(() => void lease.renew().catch(() => undefined), length / 3).unref();
    return lease;
  }

  get isValid(): boolean {
    return performance.now() < this.monotonicEnd && Date.now() < this.wallEnd;
  }

  /** Follows what changed and begins a new lease. @throws KeyStoreUnavailable */
  async renew(): Promise<void> {
    this.renewing ??= this.renewOnce().finally(() => {
      this.renewing = undefined;
    });
    await this.renewing;
  }

  /** Tells all instances; durable when it resolves. Told twice is as good as once. @throws KeyStoreUnavailable */
  announce(change: Omit<KeyChange, '_id'>): Promise<void> {
    this.untold.push(change);
    const announced = this.announcing.then(() => this.appendUntold());
    this.announcing = announced.catch(() => undefined);
    return announced;
  }

  /** What came while another change was appended goes together. */
  private async appendUntold(): Promise<void> {
    const changes = this.untold.splice(0);
    try {
      for (const change of joined(changes)) await this.append(change);
    } catch (error) {
      // Whoever waits behind tries them again, and learns whether that went well.
      this.untold.unshift(...changes);
      throw error;
    }
  }

  private async append(change: Omit<KeyChange, '_id'>): Promise<void> {
    const { connection, changes } = this.database;
    for (;;) {
      const _id = (await lastChange(this.database)) + 1;
      try {
        // Only behind one that is there for good: no number is ever left out, or comes to be seen after a later one.
        await connection.write(() => changes.insertOne({ _id, ...change }));
        return;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        await wait(Math.random() * 20);
      }
    }
  }

  /** Resolves when no instance uses any more what was announced as gone before. */
  async over(): Promise<void> {
    await wait(this.length * (1 + drift) + 2);
  }

  end(): void {
    clearInterval(this.timer);
    this.monotonicEnd = Number.NEGATIVE_INFINITY;
  }

  private async renewOnce(): Promise<void> {
    const { connection, changes } = this.database;
    for (;;) {
      const begun = { monotonic: performance.now(), wall: Date.now() };
      const next = await connection.read(() => changes.findOne({ _id: this.seen + 1 }, this.look));
      if (next === null) {
        this.monotonicEnd = begun.monotonic + this.length;
        this.wallEnd = begun.wall + this.length;
        return;
      }
      const news = await connection.read(() =>
        changes
          .find({ _id: { $gt: this.seen } })
          .sort({ _id: 1 })
          .limit(changesAtATime)
          .toArray(),
      );
      for (const change of news) {
        this.onChange(change);
        this.seen = change._id;
      }
    }
  }
}

/** Neighbours about people of one tenant become one change. */
function joined(changes: readonly Omit<KeyChange, '_id'>[]): Omit<KeyChange, '_id'>[] {
  const all: Omit<KeyChange, '_id'>[] = [];
  for (const change of changes) {
    const last = all.at(-1);
    const people = [...(last?.people ?? []), ...change.people];
    const fits =
      last?.tenantId === change.tenantId &&
      last.people.length > 0 &&
      change.people.length > 0 &&
      people.length <= peopleInChange;
    if (fits) all.splice(-1, 1, { ...change, people });
    else all.push(change);
  }
  return all;
}

async function lastChange({ connection, changes }: KeyDatabase): Promise<number> {
  const [last] = await connection.read(() => changes.find().sort({ _id: -1 }).limit(1).toArray());
  return last?._id ?? 0;
}
