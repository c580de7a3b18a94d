import { LRUCache } from 'lru-cache';
import type { DocumentStore } from '../documentStore/documentStore.js';
import { documentId } from '../projections/documentId.js';
import type { InterventionDocument } from '../projections/interventions/document.js';
import { isForwarded, type StoredProfile } from '../projections/profiles/document.js';

/** Far more offers than are made while the read model is behind; an older one is found there. */
const remembered = 10_000;

export interface HelpKey {
  readonly tenantId: string;
  readonly subject: string;
  readonly featureId: string;
}

/**
 * What is known of earlier help. The read model lags, so offers made since the start are remembered too, and nothing
 * is answered before the read model holds everything that was offered before the start.
 */
export interface HelpHistory {
  /** Reserves the feature for this intervention. When another was last offered, epoch milliseconds; null if never. */
  reserve(key: HelpKey, interventionId: string, cooldown: number): Promise<number | null>;
  /** The reserved intervention was not offered after all. */
  release(key: HelpKey, interventionId: string): void;
  /** Language tags from the person's profile, first choice first. */
  languagesOf(tenantId: string, subject: string): Promise<readonly string[]>;
  /** Others may have offered help since: what is remembered is dropped, and the read model asked anew. */
  restart(): void;
}

export interface HelpHistoryOptions {
  readonly documentStore: DocumentStore;
  /** The collection that now serves a read model. */
  liveCollection(name: 'interventions' | 'profiles'): string;
  /**
   * Resolves once the read model of interventions holds all that was recorded before the call. Where it cannot be
   * awaited any longer it rejects with `DocumentStoreUnavailable`, so that the struggle is looked at again later.
   */
  caughtUp(): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
}

export function helpHistory({
  documentStore,
  liveCollection,
  caughtUp,
  now,
}: HelpHistoryOptions): HelpHistory {
  const offers = new LRUCache<string, { readonly interventionId: string; readonly at: number }>({
    max: remembered,
  });
  let ready: Promise<void> | undefined;

  return {
    async reserve(key, interventionId, cooldown) {
      // Set before anything is awaited: of two struggles at once only one is helped with.
      const known = offers.get(nameOf(key));
      if (known !== undefined && known.interventionId !== interventionId && now() - known.at < cooldown) {
        return known.at;
      }
      offers.set(nameOf(key), { interventionId, at: now() });
      try {
        ready ??= caughtUp();
        await ready;
        return await lastOffered(documentStore, liveCollection('interventions'), key, interventionId);
      } catch (error) {
        ready = undefined;
        offers.delete(nameOf(key));
        throw error;
      }
    },

    release(key, interventionId) {
      if (offers.peek(nameOf(key))?.interventionId === interventionId) offers.delete(nameOf(key));
    },

    restart() {
      offers.clear();
      ready = undefined;
    },

    async languagesOf(tenantId, subject) {
      const profile = await documentStore.get<StoredProfile>(
        liveCollection('profiles'),
        documentId(tenantId, subject),
      );
      if (profile === undefined || isForwarded(profile)) return [];
      const values = new Map(profile.traits.map(({ name, value }) => [name, value]));
      return [values.get('locale'), values.get('language')].filter((value) => typeof value === 'string');
    },
  };
}

function nameOf({ tenantId, subject, featureId }: HelpKey): string {
  return `${tenantId}/${subject}/${featureId}`;
}

/** Help that failed to reach the person counts as none. */
async function lastOffered(
  documentStore: DocumentStore,
  collection: string,
  { tenantId, subject, featureId }: HelpKey,
  interventionId: string,
): Promise<number | null> {
  const { documents } = await documentStore.find<InterventionDocument>(collection, {
    where: {
      tenantId,
      subject,
      featureId,
      status: { in: ['proposed', 'delivered', 'seen', 'clicked', 'dismissed'] },
    },
    sort: { field: 'createdAt', direction: 'desc' },
    limit: 2,
  });
  return documents.find((document) => document.interventionId !== interventionId)?.createdAt ?? null;
}
