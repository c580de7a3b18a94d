import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ProcessorStatus } from '../processors/processor.js';
import type { Metrics } from './metrics.js';
import { jsonSchema } from './schema.js';

/** Longer than this, and a dependency that accepts and then says nothing counts as not ready. Milliseconds. */
const checkTimeout = 2000;

export interface ReadinessCheck {
  readonly name: string;
  /** The server is ready without it; it is named all the same. */
  readonly isOptional?: true;
  /** Throwing is an answer too: not ready, without showing why to the public. */
  check(): Promise<DependencyState>;
}

export interface DependencyState {
  readonly ready: boolean;
  /** One word or a short phrase, for example `running`, `behind`, `unreachable`. */
  readonly state: string;
}

/**
 * Projections and reactors run, and no projection is further behind than `allowedLag` milliseconds. Help that waits is no
 * reason to send those away who bring events.
 */
export function processorsReady(
  statuses: () => readonly ProcessorStatus[],
  allowedLag: number,
): ReadinessCheck {
  return {
    name: 'processors',
    async check() {
      const all = statuses();
      const down = all.find(({ state }) => state === 'failed' || state === 'stopped' || state === 'starting');
      if (down !== undefined) return { ready: false, state: `${down.name} ${down.state}` };
      const late = all.find(({ kind, lag }) => kind === 'projection' && lag > allowedLag);
      return late === undefined
        ? { ready: true, state: 'running' }
        : { ready: false, state: `${late.name} behind` };
    },
  };
}

const health = z.object({ status: z.literal('alive') });
const readiness = z.object({
  status: z.enum(['ready', 'not-ready']),
  dependencies: z.array(z.object({ name: z.string(), ready: z.boolean(), state: z.string() })),
});

export function addOperations(
  app: FastifyInstance,
  checks: readonly ReadinessCheck[],
  metrics: Metrics,
): void {
  const open = { access: 'public' } as const;

  app.get(
    '/healthz',
    {
      config: open,
      schema: {
        operationId: 'readHealth',
        tags: ['operation'],
        summary: 'Whether the process lives',
        security: [],
        response: { 200: jsonSchema(health, 'output') },
      },
    },
    async () => ({ status: 'alive' }),
  );

  app.get(
    '/readyz',
    {
      config: open,
      schema: {
        operationId: 'readReadiness',
        tags: ['operation'],
        summary: 'Each dependency by name, with its state; 503 while one of them is not ready',
        security: [],
        response: { 200: jsonSchema(readiness, 'output'), 503: jsonSchema(readiness, 'output') },
      },
    },
    async (_, reply) => {
      const dependencies = await Promise.all(checks.map(runCheck));
      const ready = dependencies.every(({ ready }, at) => ready || checks[at]?.isOptional);
      if (!ready) reply.code(503).header('retry-after', '1');
      return { status: ready ? 'ready' : 'not-ready', dependencies };
    },
  );

  app.get(
    '/metrics',
    {
      config: open,
      schema: {
        operationId: 'readMetrics',
        tags: ['operation'],
        summary: 'Figures for Prometheus',
        security: [],
        response: {
          200: {
            description: 'Text exposition format',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
        },
      },
    },
    async (_, reply) => {
      reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    },
  );
}

async function runCheck(dependency: ReadinessCheck): Promise<DependencyState & { name: string }> {
  const { name } = dependency;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<DependencyState>((resolve) => {
    timer = setTimeout(resolve, checkTimeout, { ready: false, state: 'silent' });
  });
  try {
    return { name, ...(await Promise.race([dependency.check(), silence])) };
  } catch {
    return { name, ready: false, state: 'unreachable' };
  } finally {
    clearTimeout(timer);
  }
}
