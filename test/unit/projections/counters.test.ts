import t from 'tap';
import type { DomainEvent } from '../../../src/domain/domainEvent.js';
import { journeyStreamName } from '../../../src/domain/journey/streamName.js';
import type { EventMetadata } from '../../../src/domain/metadata.js';
import { type AccountingDocument, accountingBounds } from '../../../src/projections/accounting/document.js';
import { accountingProjection } from '../../../src/projections/accounting/projection.js';
import { countOfSketch, unionOfSketches } from '../../../src/projections/distinctSketch.js';
import {
  type MetricsDocument,
  metricGroupLimit,
  otherGroup,
} from '../../../src/projections/metrics/document.js';
import { metricsDocumentId, metricsProjection } from '../../../src/projections/metrics/projection.js';
import { quarantineProjection } from '../../../src/projections/quarantine/projection.js';
import { documentOf, foldStrictly, recorded, subjectNumber } from '../../support/projectionFold.js';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.parse('2026-03-02T10:00:00Z');
const midnight = Date.parse('2026-03-02T00:00:00Z');

function used(at: number, person = 1, featureId = 'quiz') {
  return recorded(
    {
      type: 'ActionTracked',
      data: {
        sessionId: 's',
        name: 'Used',
        context: { device: { type: 'ios' } },
        interaction: { kind: 'used', featureId },
      },
    },
    journeyStreamName('default', subjectNumber(person)),
    at,
  );
}

t.test('metrics: events and people by minute, hour and day of occurrence', async (t) => {
  const events = [used(start), used(start + minute, 2), used(start + hour, 1), used(start + minute + 1, 2)];
  const metrics = foldStrictly(metricsProjection, events, 2);
  const hourly = documentOf<MetricsDocument>(metrics, 'metrics', metricsDocumentId('default', 'hour', start));
  const daily = documentOf<MetricsDocument>(
    metrics,
    'metrics',
    metricsDocumentId('default', 'day', midnight),
  );
  t.equal(Object.keys(metrics.metrics ?? {}).length, 3, 'a document for each hour and one for the day');

  const counts = (document: MetricsDocument, dimension: string | null, value: string | null) =>
    document.series.find((series) => series.dimension === dimension && series.value === value)?.counts;
  t.strictSame(counts(hourly, null, null)?.slice(0, 3), [1, 2, 0]);
  t.strictSame(counts(hourly, 'type', 'ActionTracked')?.slice(0, 3), [1, 2, 0]);
  t.strictSame(counts(hourly, 'deviceType', 'mobile')?.slice(0, 3), [1, 2, 0]);
  t.equal(counts(hourly, 'feature', 'quiz'), undefined, 'not by minute');
  t.strictSame(counts(daily, null, null)?.slice(9, 12), [0, 3, 1]);
  t.strictSame(counts(daily, 'feature', 'quiz')?.slice(9, 12), [0, 3, 1]);
  t.strictSame(hourly.activeUsers.slice(0, 3).map(countOfSketch), [1, 1, 0]);
  t.equal(countOfSketch(unionOfSketches(daily.activeUsers)), 2, 'two people over the day');
});

t.test('metrics: beyond the bound values of a dimension count as other, and nothing is lost', async (t) => {
  const events = Array.from({ length: metricGroupLimit + 30 }, (_, n) => used(start, 1, `feature-${n}`));
  const metrics = foldStrictly(metricsProjection, events);
  const { series } = documentOf<MetricsDocument>(
    metrics,
    'metrics',
    metricsDocumentId('default', 'day', midnight),
  );
  const byFeature = series.filter(({ dimension }) => dimension === 'feature');
  t.equal(byFeature.length, metricGroupLimit + 1);
  t.equal(byFeature.find(({ value }) => value === otherGroup)?.counts[10], 30);
});

t.test('metrics: sessions by their start, interventions by each status reached', async (t) => {
  const about = { interventionId: 'i', subject: subjectNumber(1) };
  const on = (event: DomainEvent, at: number) => recorded(event, 'intervention-default_i', at);
  const metrics = foldStrictly(metricsProjection, [
    on({ type: 'SessionStarted', data: { sessionId: 's', startedAt: start - hour } }, start),
    on({ type: 'InterventionDelivered', data: { ...about, channel: 'in_app' } }, start),
    on({ type: 'InterventionSeen', data: about }, start + hour),
  ]);
  const { series } = documentOf<MetricsDocument>(
    metrics,
    'metrics',
    metricsDocumentId('default', 'day', midnight),
  );
  t.match(series, [
    { metric: 'sessions', dimension: null },
    { metric: 'interventions', dimension: 'status', value: 'delivered' },
    { metric: 'interventions', dimension: 'status', value: 'seen' },
  ]);
  t.strictSame(
    series.map(({ counts }) => counts.indexOf(1)),
    [9, 10, 11],
  );
});

function ingestion(event: DomainEvent, metadata: Partial<EventMetadata> = {}) {
  return recorded(event, 'ingestion-default_a', start, metadata);
}
function rejected(...codes: string[]): DomainEvent {
  const messages = codes.map((code, n) => ({
    quarantineId: `q${n}`,
    messageId: null,
    code,
    reason: 'say what',
    payload: '{}',
  }));
  return { type: 'MessagesRejected', data: { messages } };
}

t.test(
  'accounting: received = accepted + duplicates + suppressed + rejected, by hour and source',
  async (t) => {
    const accounting = foldStrictly(
      accountingProjection,
      [
        used(start),
        used(start - 5 * hour),
        ingestion({ type: 'DuplicatesDropped', data: { count: 3 } }),
        ingestion({ type: 'MessagesSuppressed', data: { count: 2, reason: 'erased' } }),
        ingestion(rejected('invalid-event', 'too-old', 'invalid-event'), { source: 'import' }),
        ingestion({ type: 'DuplicatesDropped', data: { count: 1 } }, { recordedAt: start - 2 * hour }),
      ],
      2,
    );
    const document = documentOf<AccountingDocument>(accounting, 'accounting', `default/${midnight}`);
    t.strictSame(
      document.hours.map(({ hour: at }) => at),
      [start - 5 * hour, start - 2 * hour, start],
      'in the order of the hours',
    );
    t.strictSame(document.hours[2]?.sources, [
      {
        source: 'segment',
        accepted: 1,
        duplicates: 3,
        suppressed: [{ name: 'erased', count: 2 }],
        rejected: [],
      },
      {
        source: 'import',
        accepted: 0,
        duplicates: 0,
        suppressed: [],
        rejected: [
          { name: 'invalid-event', count: 2 },
          { name: 'too-old', count: 1 },
        ],
      },
    ]);
  },
);

t.test('accounting: beyond the bounds nothing is lost', async (t) => {
  const codes = Array.from({ length: accountingBounds.codes + 20 }, (_, n) => `code-${n}`);
  const events = Array.from({ length: accountingBounds.sources + 20 }, (_, n) =>
    ingestion(rejected(...codes), { source: `source-${n}` }),
  );
  const accounting = foldStrictly(accountingProjection, events);
  const { hours } = documentOf<AccountingDocument>(accounting, 'accounting', `default/${midnight}`);
  const sources = hours[0]?.sources ?? [];
  t.equal(sources.length, accountingBounds.sources + 1);
  t.equal(sources[0]?.rejected.length, accountingBounds.codes + 1);
  const total = sources.flatMap((source) => source.rejected).reduce((sum, { count }) => sum + count, 0);
  t.equal(total, codes.length * events.length);
});

t.test('quarantine: a document for each message, marked when it is replayed', async (t) => {
  const replay = (quarantineId: string, accepted: boolean) =>
    ingestion(
      { type: 'QuarantinedMessageReplayed', data: { quarantineId, accepted } },
      { recordedAt: start + 5 },
    );
  const { quarantine } = foldStrictly(
    quarantineProjection,
    [ingestion(rejected('a', 'b', 'c')), replay('q0', true), replay('q1', false), replay('unknown', true)],
    1,
  );
  t.match(quarantine, {
    'default/q0': { code: 'a', payload: '{}', status: 'replayed', replayedAt: start + 5 },
    'default/q1': { code: 'b', status: 'rejected-again' },
    'default/q2': { code: 'c', status: 'quarantined', replayedAt: null, rejectedAt: start },
  });
  t.equal(Object.keys(quarantine ?? {}).length, 3);
});
