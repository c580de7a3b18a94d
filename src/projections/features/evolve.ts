import type { Interaction } from '../../domain/journey/events.js';
import { addToSketch, emptySketch } from '../distinctSketch.js';
import { recurringDocumentId } from '../documentId.js';
import type { FeatureDocument } from './document.js';

/** Of a feature first named at `at` (epoch milliseconds). */
export function emptyFeature(tenantId: string, featureId: string, at: number): FeatureDocument {
  return {
    id: recurringDocumentId(tenantId, featureId),
    tenantId,
    featureId,
    uses: 0,
    started: 0,
    attempts: 0,
    successes: 0,
    failures: 0,
    abandonments: 0,
    errors: 0,
    helpRequests: 0,
    struggleCount: 0,
    strugglesBySignal: {},
    strugglesResolved: 0,
    totalResolutionTime: 0,
    firstUsedAt: at,
    lastUsedAt: at,
    users: emptySketch,
    strugglers: emptySketch,
  };
}

export function addUse(document: FeatureDocument, kind: Interaction['kind'], subject: string): void {
  document.uses += 1;
  document.users = addToSketch(document.users, subject);
  switch (kind) {
    case 'started':
      document.started += 1;
      break;
    case 'attempted':
      document.attempts += 1;
      break;
    case 'succeeded':
      document.successes += 1;
      break;
    case 'failed':
      document.failures += 1;
      break;
    case 'abandoned':
      document.abandonments += 1;
      break;
    case 'error':
      document.errors += 1;
      break;
    case 'help':
      document.helpRequests += 1;
      break;
  }
}
