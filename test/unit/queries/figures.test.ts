import t, { type Test } from 'tap';
import type { Document } from '../../../src/documentStore/documentStore.js';
import { openEmbeddedDocumentStore } from '../../../src/integrations/embedded/embeddedDocumentStore.js';
import {
  type AccountingDocument,
  accountingCollection,
} from '../../../src/projections/accounting/document.js';
import { addToSketch } from '../../../src/projections/distinctSketch.js';
import { type MetricsDocument, metricsCollection } from '../../../src/projections/metrics/document.js';
import { accountFor } from '../../../src/queries/accounting.js';
import { intervalsIn, type MetricQuery, readMetric } from '../../../src/queries/metrics.js';
import type { View } from '../../../src/queries/view.js';
import { subjectNumber } from '../../support/projectionFold.js';
import { testFolder } from '../../support/testFolder.js';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse('2026-03-02T00:00:00Z');

async function viewOf(t: Test, ...documents: [collection: string, document: Document][]): Promise<View> {
  const store = openEmbeddedDocumentStore({ folder: testFolder(t) });
  t.teardown(() => store.close());
  await store.define([metricsCollection, accountingCollection]);
  await store.commit({ puts: documents.map(([collection, document]) => ({ collection, document })) });
  return { tenantId: 'default', documents: store, position: null };
}

function metrics(span: 'hour' | 'day', at: number, tenantId = 'default'): MetricsDocument {
  const slots = span === 'hour' ? 60 : 24;
  const counts = (...filled: [number, number][]) =>
    Array.from({ length: slots }, (_, slot) => filled.find(([place]) => place === slot)?.[1] ?? 0);
  const users = new Array<string>(slots).fill('');
  users[1] = addToSketch('', subjectNumber(1));
  users[2] = addToSketch(addToSketch('', subjectNumber(1)), subjectNumber(2));
  return {
    id: `${tenantId}/${span}/${at}`,
    tenantId,
    span,
    start: at,
    series: [
      { metric: 'events', dimension: null, value: null, counts: counts([1, 2], [2, 3]) },
      { metric: 'events', dimension: 'type', value: 'PageViewed', counts: counts([1, 2]) },
      { metric: 'events', dimension: 'type', value: 'ActionTracked', counts: counts([2, 3]) },
      { metric: 'sessions', dimension: null, value: null, counts: counts([5, 1]) },
    ],
    activeUsers: users,
  };
}

const values = (metric: Awaited<ReturnType<typeof readMetric>>, group: string | null = null) =>
  metric.series.find((series) => series.group === group)?.points.map(({ value }) => value);

t.test('metrics by minute, hour and day', async (t) => {
  const view = await viewOf(
    t,
    ['metrics', metrics('hour', start)],
    ['metrics', metrics('day', start)],
    ['metrics', metrics('day', start + 2 * day)],
    ['metrics', metrics('day', start, 'other')],
  );
  const ask = (query: Partial<MetricQuery>) =>
    readMetric(view, {
      name: 'events',
      interval: 'minute',
      from: start,
      to: start + hour,
      groupBy: undefined,
      ...query,
    });

  const minutes = await ask({ from: start + 90_000, to: start + 180_000 });
  t.same(values(minutes), [2, 3], 'the intervals that the period touches, whole');
  t.match(minutes, { from: '2026-03-02T00:01:00.000Z', to: '2026-03-02T00:03:00.000Z' });
  const hours = await ask({ interval: 'hour', from: start, to: start + 4 * hour });
  t.same(values(hours), [0, 2, 3, 0], 'an interval without events has a point');
  const days = await ask({ interval: 'day', from: start, to: start + 3 * day });
  t.same(values(days), [5, 0, 5], "and not another tenant's");
  const grouped = await ask({ interval: 'day', from: start, to: start + day, groupBy: 'type' });
  t.same(grouped.series.map(({ group }) => group).sort(), ['ActionTracked', 'PageViewed']);
  t.same(values(grouped, 'PageViewed'), [2]);
  const users = await ask({ name: 'activeUsers', interval: 'day', from: start, to: start + day });
  t.same(values(users), [2], 'a person active in two hours is one active user of the day');
  t.same(
    values(await ask({ name: 'struggles' }))?.every((value) => value === 0),
    true,
  );
  t.equal(intervalsIn({ interval: 'hour', from: start + 1, to: start + hour + 1 }), 2);
});

t.test('the accounting adds up over sources, hours and days', async (t) => {
  const account = (source: string, accepted: number) => ({
    source,
    accepted,
    duplicates: 1,
    suppressed: [{ name: 'erased', count: 2 }],
    rejected: [{ name: 'invalid-event', count: 3 }],
  });
  const document = (
    tenantId: string,
    at: number,
    hours: AccountingDocument['hours'],
  ): AccountingDocument => ({
    id: `${tenantId}/${at}`,
    tenantId,
    day: at,
    hours,
  });
  const view = await viewOf(
    t,
    [
      'accounting',
      document('default', start, [
        { hour: start + hour, sources: [account('import', 1000)] },
        { hour: start + 23 * hour, sources: [account('segment', 10), account('import', 20)] },
      ]),
    ],
    [
      'accounting',
      document('default', start + day, [{ hour: start + day, sources: [account('segment', 5)] }]),
    ],
    ['accounting', document('other', start, [{ hour: start, sources: [account('segment', 9)] }])],
  );
  const found = await accountFor(view, start + 23 * hour + 5, start + day + 1);
  t.match(found, {
    from: '2026-03-02T23:00:00.000Z',
    to: '2026-03-03T01:00:00.000Z',
    accepted: 35,
    duplicates: 3,
    suppressed: 6,
    suppressedByReason: { erased: 6 },
    rejected: 9,
    received: 53,
  });
  t.same(
    found.bySource.map(({ source, received }) => [source, received]),
    [
      ['import', 26],
      ['segment', 27],
    ],
  );
});
