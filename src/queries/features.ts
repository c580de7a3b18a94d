import { documentId } from '../projections/documentId.js';
import { type FeatureDocument, featuresCollection } from '../projections/features/document.js';
import { featureRatesOf } from '../projections/features/rates.js';
import { isoTime } from './models/fields.js';
import type { Feature } from './models/usage.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import type { View } from './view.js';

/** By id: the order in which a page cannot move while people use the product. */
export async function listFeatures(view: View, page: PageRequest): Promise<Page<Feature>> {
  const found = await view.documents.find<FeatureDocument>(featuresCollection.name, {
    where: { tenantId: view.tenantId },
    sort: { field: 'featureId', direction: 'asc' },
    ...page,
  });
  return mapPage(found, toFeature);
}

export async function findFeature(view: View, featureId: string): Promise<Feature | undefined> {
  const id = documentId(view.tenantId, featureId);
  const document = await view.documents.get<FeatureDocument>(featuresCollection.name, id);
  return document && toFeature(document);
}

function toFeature(document: FeatureDocument): Feature {
  return {
    featureId: document.featureId,
    uses: document.uses,
    started: document.started,
    attempts: document.attempts,
    successes: document.successes,
    failures: document.failures,
    abandonments: document.abandonments,
    errors: document.errors,
    helpRequests: document.helpRequests,
    struggleCount: document.struggleCount,
    strugglesBySignal: document.strugglesBySignal,
    strugglesResolved: document.strugglesResolved,
    firstUsedAt: isoTime(document.firstUsedAt),
    lastUsedAt: isoTime(document.lastUsedAt),
    ...rates(document),
  };
}

function rates(document: FeatureDocument) {
  const { users, successRate, struggleRate, averageResolutionTime } = featureRatesOf(document);
  return { users, successRate, struggleRate, averageResolutionTime };
}
