import type { DomainEvent } from '../../domain/domainEvent.js';
import type { ModelUse } from '../../domain/intervention/events.js';
import type { Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import { dayLength, startOf } from '../time.js';
import { type SpendingDocument, spendingCollection } from './document.js';

const collection = spendingCollection.name;

/** What was spent on models, against which the tenants' budgets are held. */
export const spendingProjection: Projection = {
  name: 'spending',
  version: 2,
  collections: [spendingCollection],
  eventTypes: ['TextGenerated', 'ContextAnalysed'],
  keys: ({ metadata }) => [{ collection, id: spendingDocumentId(metadata.tenantId, metadata.recordedAt) }],
  evolve({ event, metadata }, documents): void {
    const uses = usesIn(event);
    if (uses.length === 0) return;
    const { tenantId, recordedAt } = metadata;
    const id = spendingDocumentId(tenantId, recordedAt);
    const document = documents.get<SpendingDocument>(collection, id) ?? {
      ...{ id, tenantId, day: startOf(dayLength, recordedAt) },
      ...{ texts: 0, tokens: 0, microUsd: 0 },
    };
    document.texts += 1;
    for (const { inputTokens, outputTokens, microUsd } of uses) {
      document.tokens += inputTokens + outputTokens;
      document.microUsd += microUsd ?? 0;
    }
    documents.put(collection, document);
  },
};

function usesIn(event: DomainEvent): readonly ModelUse[] {
  if (event.type === 'ContextAnalysed') return event.data.attempts;
  if (event.type !== 'TextGenerated') return [];
  return [...event.data.attempts, ...(event.data.reviews ?? [])];
}

/** @param at any moment of the UTC day, epoch milliseconds */
export function spendingDocumentId(tenantId: string, at: number): string {
  return documentId(tenantId, String(startOf(dayLength, at)));
}
