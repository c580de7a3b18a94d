import { setTimeout as wait } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { StrategyContent, StrategyDefinition } from '../domain/strategy/definition.js';
import type { DocumentReader } from './documentReader.js';
import { readEffects } from './effects.js';

interface KnownStrategy {
  readonly version: number;
  readonly definition: StrategyDefinition;
}

export interface PastHelpParts {
  readonly documents: DocumentReader;
  /** Those in force, by id. */
  strategiesOf(tenantId: string): ReadonlyMap<string, KnownStrategy>;
  /** Of a text; null where it cannot be told. */
  detectLanguage(text: string): Promise<string | null>;
  readonly onError: (error: unknown) => void;
  /** Epoch milliseconds. */
  now(): number;
}

/** Help that was measured to help. Holds nothing of the persons. */
export interface PastHelpEntry {
  /** The strategy, its variant where it has one, and the language where it has templates of its own. */
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly text: string;
  readonly language: string;
  readonly features: readonly string[];
  readonly effect: { readonly lift: number; readonly low: number; readonly high: number };
}

const period = 90 * 86_400_000;
/** Milliseconds for which what was measured stands in memory. */
const holds = 10 * 60_000;
/** Milliseconds that somebody waits for the first measurement; later ones are made aside. */
const patience = 500;
const mostTenants = 200;
const mostStrategies = 50;
const mostEntries = 500;

/**
 * What a tenant's strategies have achieved in the version in force: those whose lift against the holdout is above zero with
 * its whole 95 % interval. Measured again now and then, and never waited for for long. Never rejects.
 */
export function createPastHelp(parts: PastHelpParts) {
  const known = new LRUCache<string, { at: number; entries: Promise<readonly PastHelpEntry[]> }>({
    max: mostTenants,
  });

  async function measure(tenantId: string, before: readonly PastHelpEntry[]) {
    try {
      return await measured(parts, tenantId);
    } catch (error) {
      parts.onError(error);
      return before;
    }
  }

  return async (tenantId: string): Promise<readonly PastHelpEntry[]> => {
    const found = known.get(tenantId);
    const soon = (entries: Promise<readonly PastHelpEntry[]>) =>
      Promise.race([entries, wait(patience, [], { ref: false })]);
    if (found !== undefined && parts.now() - found.at < holds) return soon(found.entries);
    const before = found?.entries ?? Promise.resolve([]);
    const entries = before.then((last) => measure(tenantId, last));
    known.set(tenantId, { at: parts.now(), entries });
    return soon(found === undefined ? entries : before);
  };
}

async function measured(parts: PastHelpParts, tenantId: string): Promise<readonly PastHelpEntry[]> {
  const entries: PastHelpEntry[] = [];
  // Without a holdout nothing is measured.
  const compared = [...parts.strategiesOf(tenantId)].filter(([, { definition }]) => definition.holdout > 0);
  for (const [id, strategy] of compared.slice(0, mostStrategies)) {
    const now = parts.now();
    const { groups } = await readEffects(
      { tenantId, documents: parts.documents, position: null },
      {
        ...{ strategy: id, version: strategy.version, groupBy: 'variant', now },
        ...{ from: now - period, to: now + 1 },
      },
    );
    for (const { group, lift } of groups) {
      if (group === null || lift === null || lift.low <= 0) continue;
      const { difference, low, high } = lift;
      entries.push(...(await entriesOf(parts, id, strategy, group, { lift: difference, low, high })));
    }
  }
  return entries.slice(0, mostEntries);
}

/** One for each language that it has a template in; of help that only has a brief, the brief. */
async function entriesOf(
  { detectLanguage }: PastHelpParts,
  strategyId: string,
  { version, definition }: KnownStrategy,
  group: string,
  effect: PastHelpEntry['effect'],
): Promise<readonly PastHelpEntry[]> {
  const variant = definition.variants.find((each) => each.id === group);
  const content: StrategyContent = { ...definition.content, ...variant?.content };
  const id = variant === undefined ? strategyId : `${strategyId}.${variant.id}`;
  const { trigger, name } = definition;
  const features = trigger.kind === 'struggle' ? (trigger.features ?? []) : [];
  const about = { version, features, effect };
  const templates = Object.entries(content.templates ?? {});
  if (templates.length === 0) {
    const language = (await detectLanguage(content.brief)) ?? 'en';
    return [{ ...about, id, title: name, text: content.brief, language }];
  }
  return templates.map(([language, { title, body }]) => ({
    ...about,
    ...{ id: `${id}.${language}`, title, language },
    text: `${body}\n\n${content.brief}`,
  }));
}
