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

  const events = new Counter({
    name: 'waymark_events_total',
    help: 'Events received, by door and by what became of them.',
    labelNames: ['source', 'outcome'],
    registers: [registry],
  });
  return {
    registry,
    countEvents({ source }, result) {
      const count = (outcome: string, number: number) => {
        if (number > 0) events.inc({ source, outcome }, number);
      };
      count('accepted', result.accepted);
      count('duplicate', result.duplicates);
      count('suppressed', result.suppressed);
      count('rejected', result.rejected.length);
    },
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
