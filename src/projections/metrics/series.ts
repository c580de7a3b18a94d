import { emptySketch } from '../distinctSketch.js';
import {
  type MetricDimension,
  type MetricSeries,
  type MetricsDocument,
  type MetricsSpan,
  metricGroupLimit,
  otherGroup,
} from './document.js';

export function emptyMetrics(
  id: string,
  tenantId: string,
  span: MetricsSpan,
  start: number,
): MetricsDocument {
  const slots = span === 'hour' ? 60 : 24;
  return { id, tenantId, span, start, series: [], activeUsers: new Array<string>(slots).fill(emptySketch) };
}

export function addCount(
  document: MetricsDocument,
  slot: number,
  metric: MetricSeries['metric'],
  dimension: MetricDimension | null,
  value: string | null,
  by = 1,
): void {
  const series =
    findSeries(document, metric, dimension, value) ?? newSeries(document, metric, dimension, value);
  series.counts[slot] = (series.counts[slot] ?? 0) + by;
}

function findSeries(
  { series }: MetricsDocument,
  metric: MetricSeries['metric'],
  dimension: MetricDimension | null,
  value: string | null,
): MetricSeries | undefined {
  for (const candidate of series) {
    if (candidate.value === value && candidate.dimension === dimension && candidate.metric === metric)
      return candidate;
  }
  return undefined;
}

/** Beyond the bound, the series that takes the rest of the dimension's values. */
function newSeries(
  document: MetricsDocument,
  metric: MetricSeries['metric'],
  dimension: MetricDimension | null,
  value: string | null,
): MetricSeries {
  const { series, activeUsers } = document;
  const isFull =
    dimension !== null &&
    value !== otherGroup &&
    series.filter((candidate) => candidate.metric === metric && candidate.dimension === dimension).length >=
      metricGroupLimit;
  if (isFull) {
    return (
      findSeries(document, metric, dimension, otherGroup) ??
      newSeries(document, metric, dimension, otherGroup)
    );
  }
  const added = { metric, dimension, value, counts: new Array<number>(activeUsers.length).fill(0) };
  series.push(added);
  return added;
}
