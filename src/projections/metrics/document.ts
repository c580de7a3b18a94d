import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { DistinctSketch } from '../distinctSketch.js';

export const metricsCollection: CollectionDefinition = {
  name: 'metrics',
  indexes: [['tenantId', 'span', 'start']],
};

export const metricNames = [
  'events',
  'activeUsers',
  'sessions',
  'struggles',
  'strugglesResolved',
  'interventions',
] as const;
export type MetricName = (typeof metricNames)[number];

/** By what each metric can be grouped. `feature` is kept by hour and day, not by minute. */
export const metricDimensions = {
  events: ['type', 'deviceType', 'feature'],
  activeUsers: [],
  sessions: [],
  struggles: ['signalType', 'severity', 'feature'],
  strugglesResolved: ['signalType', 'feature'],
  interventions: ['status'],
} as const satisfies Record<MetricName, readonly string[]>;
export type MetricDimension = 'type' | 'deviceType' | 'feature' | 'signalType' | 'severity' | 'status';

/** Values of one dimension a document tells apart, the first ones in stream order; the rest count as `other`. */
export const metricGroupLimit = 50;
export const otherGroup = 'other';

/** A document of span `hour` holds the hour's 60 minutes, one of span `day` the UTC day's 24 hours. */
export type MetricsSpan = 'hour' | 'day';

/** Id: tenant, span and start (`metricsDocumentId`). */
export interface MetricsDocument extends Document {
  readonly tenantId: string;
  readonly span: MetricsSpan;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly series: MetricSeries[];
  /**
   * Distinct people of each slot; empty where there were none. The union of the slots (`unionOfSketches`) is the
   * whole span's.
   */
  readonly activeUsers: DistinctSketch[];
}

/** Counts by slot, 60 or 24 of them. The whole metric has dimension and value null. */
export interface MetricSeries {
  readonly metric: Exclude<MetricName, 'activeUsers'>;
  readonly dimension: MetricDimension | null;
  readonly value: string | null;
  readonly counts: number[];
}
