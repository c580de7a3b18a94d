import { countOfSketch, type DistinctSketch, unionOfSketches } from '../projections/distinctSketch.js';
import {
  type MetricDimension,
  type MetricName,
  type MetricsDocument,
  metricDimensions,
  metricsCollection,
} from '../projections/metrics/document.js';
import { dayLength, hourLength, minuteLength } from '../projections/time.js';
import { isoTime } from './models/fields.js';
import type { Metric, MetricInterval } from './models/usage.js';
import type { View } from './view.js';

/** Where the slots of an interval stand, and how many intervals one answer can cover. */
const intervals = {
  minute: { length: minuteLength, span: 'hour', spanLength: hourLength, most: 1440, usual: 60 },
  hour: { length: hourLength, span: 'day', spanLength: dayLength, most: 1440, usual: 24 },
  day: { length: dayLength, span: 'day', spanLength: dayLength, most: 400, usual: 30 },
} as const;

export interface MetricQuery {
  readonly name: MetricName;
  readonly interval: MetricInterval;
  /** Epoch milliseconds. The intervals these touch are shown whole. */
  readonly from: number;
  readonly to: number;
  readonly groupBy: MetricDimension | undefined;
}

export function mostIntervals(interval: MetricInterval): number {
  return intervals[interval].most;
}

/** Milliseconds shown where no period is asked for: an hour of minutes, a day of hours, 30 days. */
export function usualPeriod(interval: MetricInterval): number {
  return intervals[interval].usual * intervals[interval].length;
}

export function intervalsIn({ interval, from, to }: Pick<MetricQuery, 'interval' | 'from' | 'to'>): number {
  const { length } = intervals[interval];
  return Math.ceil(to / length) - Math.floor(from / length);
}

export function canGroup(name: MetricName, interval: MetricInterval, groupBy: MetricDimension): boolean {
  const dimensions: readonly MetricDimension[] = metricDimensions[name];
  return dimensions.includes(groupBy) && !(groupBy === 'feature' && interval === 'minute');
}

/** A point for every interval, also where nothing occurred. The caller has checked the number of intervals. */
export async function readMetric(view: View, query: MetricQuery): Promise<Metric> {
  const { length, span, spanLength } = intervals[query.interval];
  const start = Math.floor(query.from / length) * length;
  const end = Math.ceil(query.to / length) * length;
  const { documents } = await view.documents.find<MetricsDocument>(metricsCollection.name, {
    where: {
      tenantId: view.tenantId,
      span,
      start: { gte: Math.floor(start / spanLength) * spanLength, lt: end },
    },
    sort: { field: 'start', direction: 'asc' },
    limit: Math.ceil((end - start) / spanLength) + 1,
  });
  const times = Array.from({ length: (end - start) / length }, (_, at) => start + at * length);
  const groups =
    query.name === 'activeUsers'
      ? new Map([[null, activeUsersBy(documents, length, spanLength)]])
      : countsBy(documents, query.name, query.groupBy ?? null, length, spanLength);
  return {
    name: query.name,
    interval: query.interval,
    from: isoTime(start),
    to: isoTime(end),
    groupBy: query.groupBy ?? null,
    series: [...groups].map(([group, values]) => ({
      group,
      points: times.map((at) => ({ time: isoTime(at), value: values.get(at) ?? 0 })),
    })),
  };
}

type Values = Map<number, number>;

/** Counts by group, then by the interval's start. */
function countsBy(
  documents: readonly MetricsDocument[],
  name: MetricName,
  dimension: MetricDimension | null,
  length: number,
  spanLength: number,
): ReadonlyMap<string | null, Values> {
  const groups = new Map<string | null, Values>(dimension === null ? [[null, new Map()]] : []);
  for (const { start, series } of documents) {
    for (const { metric, dimension: of, value, counts } of series) {
      if (metric !== name || of !== dimension) continue;
      const values = groups.get(value) ?? new Map<number, number>();
      groups.set(value, values);
      for (const [slot, count] of counts.entries()) {
        const at = intervalOf(start, slot, counts.length, length, spanLength);
        values.set(at, (values.get(at) ?? 0) + count);
      }
    }
  }
  return groups;
}

function activeUsersBy(documents: readonly MetricsDocument[], length: number, spanLength: number): Values {
  const sketches = new Map<number, DistinctSketch[]>();
  for (const { start, activeUsers } of documents) {
    for (const [slot, sketch] of activeUsers.entries()) {
      const at = intervalOf(start, slot, activeUsers.length, length, spanLength);
      sketches.set(at, [...(sketches.get(at) ?? []), sketch]);
    }
  }
  return new Map([...sketches].map(([at, slots]) => [at, countOfSketch(unionOfSketches(slots))]));
}

/** The start of the interval that a slot of a document belongs to: the slot itself, or the document's whole span. */
function intervalOf(start: number, slot: number, slots: number, length: number, spanLength: number): number {
  return Math.floor((start + slot * (spanLength / slots)) / length) * length;
}
