import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { IngestRequest, IngestResult } from '../commands/incomingMessage.js';

/** A figure read when Prometheus asks. Labels name parts of the product, never a person. */
export interface GaugeSource {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  collect(): readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

export interface Metrics {
  readonly registry: Registry;
  countEvents(request: IngestRequest, result: IngestResult): void;
}

export function addMetrics(app: FastifyInstance, gauges: readonly GaugeSource[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const source of gauges) addGauge(registry, source);
  measureRequests(app, registry);

  return { registry, countEvents: eventCounter(registry) };
}

/** Handed to Prometheus when it asks: to find a labelled counter costs more than to count. */
function eventCounter(registry: Registry): Metrics['countEvents'] {
  const uncollected = new Map<string, Record<'accepted' | 'duplicate' | 'suppressed' | 'rejected', number>>();
  new Counter({
    name: 'waymark_events_total',
    help: 'Events received, by door and by what became of them.',
    labelNames: ['source', 'outcome'],
    registers: [registry],
    collect() {
      for (const [source, outcomes] of uncollected) {
        for (const [outcome, count] of Object.entries(outcomes)) this.inc({ source, outcome }, count);
      }
      uncollected.clear();
    },
  });
  return ({ source }, { accepted, duplicates, suppressed, rejected }) => {
    let outcomes = uncollected.get(source);
    if (outcomes === undefined) {
      outcomes = { accepted: 0, duplicate: 0, suppressed: 0, rejected: 0 };
      uncollected.set(source, outcomes);
    }
    outcomes.accepted += accepted;
    outcomes.duplicate += duplicates;
    outcomes.suppressed += suppressed;
    outcomes.rejected += rejected.length;
  };
}

/** By the route's pattern, which is bounded and holds no ids; everything without a route counts as one. */
function measureRequests(app: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'waymark_http_request_duration_seconds',
    help: 'From the request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}

function addGauge(registry: Registry, source: GaugeSource): void {
  new Gauge({
    name: source.name,
    help: source.help,
    labelNames: [...source.labelNames],
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, value } of source.collect()) this.set(labels, value);
    },
  });
}
