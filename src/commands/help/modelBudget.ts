import { LRUCache } from 'lru-cache';
import type { HelpPolicy } from '../../domain/helpPolicy/policy.js';

export interface Spent {
  readonly tokens: number;
  /** Millionths of a US dollar. */
  readonly microUsd: number;
}

/** What was set aside for one text; what is not used of it is given back. */
export interface Reservation {
  settle(used: Spent): void;
}

interface Account {
  tokens: number;
  microUsd: number;
}

const rememberedTenants = 10_000;
const dayLength = 86_400_000;

/**
 * What tenants may still spend on models in a UTC day. One instance writes help at a time: it counts in memory, from what
 * was recorded before it began. What is under way is set aside in full, so that the budget is never overdrawn by many at once.
 */
export class ModelBudget {
  readonly #accounts = new LRUCache<string, Promise<Account>>({ max: rememberedTenants });

  constructor(
    /** What was recorded of that day (its start, epoch milliseconds). Rejects where that cannot be known yet. */
    private readonly recorded: (tenantId: string, day: number) => Promise<Spent>,
    private readonly now: () => number,
  ) {}

  /** Others may have spent since. */
  restart(): void {
    this.#accounts.clear();
  }

  /** Undefined where the day's budget does not allow for it. @param most the most that the text may take */
  async reserve(
    tenantId: string,
    { perDay }: HelpPolicy['budget'],
    most: { readonly tokens: number; readonly microUsd: number | null },
  ): Promise<Reservation | undefined> {
    if (perDay.tokens === null && perDay.microUsd === null) return { settle: () => undefined };
    // Money that nobody can count may not be spent.
    if (perDay.microUsd !== null && most.microUsd === null) return undefined;
    const set = { tokens: most.tokens, microUsd: most.microUsd ?? 0 };
    const account = await this.#accountOf(tenantId);
    if (account === undefined) return undefined;
    if (perDay.tokens !== null && account.tokens + set.tokens > perDay.tokens) return undefined;
    if (perDay.microUsd !== null && account.microUsd + set.microUsd > perDay.microUsd) return undefined;
    account.tokens += set.tokens;
    account.microUsd += set.microUsd;
    return {
      settle(used) {
        account.tokens += used.tokens - set.tokens;
        account.microUsd += used.microUsd - set.microUsd;
      },
    };
  }

  /** Undefined where it cannot be known what was spent. */
  async #accountOf(tenantId: string): Promise<Account | undefined> {
    const day = Math.floor(this.now() / dayLength) * dayLength;
    const key = `${tenantId} ${day}`;
    let account = this.#accounts.get(key);
    if (account === undefined) {
      account = this.recorded(tenantId, day).then((spent) => ({ ...spent }));
      this.#accounts.set(key, account);
    }
    try {
      return await account;
    } catch {
      if (this.#accounts.get(key) === account) this.#accounts.delete(key);
      return undefined;
    }
  }
}
