import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { SignalType } from '../../domain/journey/events.js';
import type { DistinctSketch } from '../distinctSketch.js';

export const featuresCollection: CollectionDefinition = {
  name: 'features',
  indexes: [
    ['tenantId', 'uses'],
    ['tenantId', 'lastUsedAt'],
    ['tenantId', 'featureId'],
    ['tenantId', 'struggleCount'],
  ],
};

/** One feature of one tenant. Id: tenant and `featureId`. `featureRatesOf` gives users and rates. */
export interface FeatureDocument extends Document {
  readonly tenantId: string;
  readonly featureId: string;
  /** Events that named the feature, of whatever kind. */
  uses: number;
  started: number;
  attempts: number;
  successes: number;
  failures: number;
  abandonments: number;
  errors: number;
  helpRequests: number;
  struggleCount: number;
  readonly strugglesBySignal: Partial<Record<SignalType, number>>;
  strugglesResolved: number;
  /** Milliseconds, over all resolved struggles. */
  totalResolutionTime: number;
  /** When events about it, struggles included, first and last occurred; epoch milliseconds. */
  firstUsedAt: number;
  lastUsedAt: number;
  /** Distinct people who used it, and who struggled with it. */
  users: DistinctSketch;
  strugglers: DistinctSketch;
}
