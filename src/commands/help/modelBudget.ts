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

/** Why nothing may be spent: the day's budget does not allow for it, or that cannot be told now. */
export type NotReserved = 'budget-spent' | 'spending-unknown' | 'price-unknown';

interface Account {
  spent: Spent;
  readonly underWay: { tokens: number; microUsd: number };
  readAt: number;
}

const rememberedTenants = 10_000;
/** Milliseconds after which what was recorded is looked at again: other instances spend too. */
const freshFor = 60_000;
const dayLength = 86_400_000;

/**
 * What tenants may still spend on models in a UTC day, counted in memory from what was recorded. What is under way is set aside
 * in full, so that one instance never overdraws the budget by many calls at once; what others spend it learns within a minute.
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

  /** @param most the most that the text may take */
  async reserve(
    tenantId: string,
    { perDay }: HelpPolicy['budget'],
    most: { readonly tokens: number; readonly microUsd: number | null },
  ): Promise<Reservation | NotReserved> {
    if (perDay.tokens === null && perDay.microUsd === null) return { settle: () => undefined };
    // Money that nobody can count may not be spent.
    if (perDay.microUsd !== null && most.microUsd === null) return 'price-unknown';
    const set = { tokens: most.tokens, microUsd: most.microUsd ?? 0 };
    const account = await this.#accountOf(tenantId);
    if (account === undefined) return 'spending-unknown';
    const { underWay } = account;
    const wanted = (name: keyof Spent) => account.spent[name] + underWay[name] + set[name];
    if (perDay.tokens !== null && wanted('tokens') > perDay.tokens) return 'budget-spent';
    if (perDay.microUsd !== null && wanted('microUsd') > perDay.microUsd) return 'budget-spent';
    underWay.tokens += set.tokens;
    underWay.microUsd += set.microUsd;
    return {
      settle({ tokens, microUsd }) {
        underWay.tokens -= set.tokens;
        underWay.microUsd -= set.microUsd;
        const { spent } = account;
        account.spent = { tokens: spent.tokens + tokens, microUsd: spent.microUsd + microUsd };
      },
    };
  }

  /** Undefined where it was never known what was spent. */
  async #accountOf(tenantId: string): Promise<Account | undefined> {
    const now = this.now();
    const day = Math.floor(now / dayLength) * dayLength;
    const key = `${tenantId} ${day}`;
    const opened = this.#accounts.get(key) ?? this.#open(key, tenantId, day);
    const account = await opened.catch(() => undefined);
    if (account !== undefined && now - account.readAt >= freshFor) {
      account.readAt = now;
      // Where it cannot be read, what is counted here has to do.
      const { tokens, microUsd } = await this.recorded(tenantId, day).catch(() => account.spent);
      // What was spent here may not be recorded yet.
      account.spent = {
        tokens: Math.max(tokens, account.spent.tokens),
        microUsd: Math.max(microUsd, account.spent.microUsd),
      };
    }
    return account;
  }

  #open(key: string, tenantId: string, day: number): Promise<Account> {
    const account = this.recorded(tenantId, day).then((spent) => ({
      spent,
      underWay: { tokens: 0, microUsd: 0 },
      readAt: this.now(),
    }));
    this.#accounts.set(key, account);
    account.catch(() => {
      if (this.#accounts.get(key) === account) this.#accounts.delete(key);
    });
    return account;
  }
}
