import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type MetricDimension, metricDimensions, metricNames } from '../../projections/metrics/document.js';
import { accountFor, accountingDays } from '../../queries/accounting.js';
import { canGroup, intervalsIn, mostIntervals, readMetric, usualPeriod } from '../../queries/metrics.js';
import { accounting } from '../../queries/models/accounting.js';
import { metric, metricIntervals } from '../../queries/models/usage.js';
import { openView, type QueryPorts } from '../../queries/view.js';
import { checkPeriod, invalidParameters, period } from './parameters.js';
import { addRead } from './route.js';

const day = 86_400_000;
/** Milliseconds the accounting covers where no period is asked for. */
const usualAccounting = 30 * day;

const dimensions = [...new Set<MetricDimension>(Object.values(metricDimensions).flat())];

/** Figures over everyone: what happened when, and what became of what was sent. */
export function addFigures(app: FastifyInstance, ports: QueryPorts): void {
  addMetrics(app, ports);
  const readModels = ['accounting'];
  addRead(
    app,
    ports,
    {
      url: '/v1/accounting',
      operationId: 'getAccounting',
      access: 'read',
      tag: 'operation',
      summary: 'What became of every message received, by source and reason',
      description: `received = accepted + duplicates + suppressed + rejected, by whole hours of recording; at most ${accountingDays} days. Default: the last 30 days.`,
      readModels,
      params: {},
      query: period,
      model: accounting,
    },
    async ({ tenantId, query }) => {
      checkPeriod(query);
      const { from, to } = bounded(query, ports.now(), usualAccounting);
      if (to - from > accountingDays * day)
        throw tooLong(`must be at most ${accountingDays} days after from`);
      const view = openView(ports, tenantId, readModels);
      return { view, found: await accountFor(view, from, to) };
    },
  );
}

function addMetrics(app: FastifyInstance, ports: QueryPorts): void {
  const readModels = ['metrics'];
  addRead(
    app,
    ports,
    {
      url: '/v1/metrics/:name',
      operationId: 'getMetric',
      access: 'read',
      tag: 'usage',
      summary: 'A figure over time',
      description:
        'Intervals that the period touches are shown whole. At most 1,440 minutes or hours, or 400 days; default: the last hour of minutes, 24 hours, or 30 days.',
      readModels,
      params: { name: z.enum(metricNames) },
      query: {
        ...period,
        interval: z.enum(metricIntervals).default('hour'),
        groupBy: z.enum(dimensions).optional().meta({ description: groupings() }),
      },
      model: metric,
    },
    async ({ tenantId, params: { name }, query: { interval, groupBy, ...asked } }) => {
      checkPeriod(asked);
      const { from, to } = bounded(asked, ports.now(), usualPeriod(interval));
      const most = mostIntervals(interval);
      if (intervalsIn({ interval, from, to }) > most)
        throw tooLong(`must be at most ${most} intervals after from`);
      if (groupBy !== undefined && !canGroup(name, interval, groupBy)) throw ungrouped();
      const view = openView(ports, tenantId, readModels);
      return { view, found: await readMetric(view, { name, interval, from, to, groupBy }) };
    },
  );
}

function bounded(
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  now: number,
  usual: number,
): { readonly from: number; readonly to: number } {
  // The present interval is part of what there is, even in its first millisecond.
  const end = to ?? Math.max(now, from ?? 0) + 1;
  return { from: from ?? end - usual, to: end };
}

function groupings(): string {
  const each = metricNames
    .filter((name) => metricDimensions[name].length > 0)
    .map((name) => `${name} by ${metricDimensions[name].join(', ')}`);
  return `${each.join('; ')}. By feature not by the minute.`;
}

function tooLong(message: string) {
  return invalidParameters([{ path: 'to', code: 'period-too-long', message }]);
}

function ungrouped() {
  const message = 'is not kept for this metric and interval';
  return invalidParameters([{ path: 'groupBy', code: 'not-applicable', message }]);
}
