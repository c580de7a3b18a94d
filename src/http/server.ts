import cors from '@fastify/cors';
// Lets every route's schema say its tags and summary.
import type {} from '@fastify/swagger';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  fastify,
  LogController,
} from 'fastify';
import type { AccessKeys } from '../commands/accessKeys.js';
import type { CheckMessages, IngestMessages } from '../commands/incomingMessage.js';
import { addAuthentication, addWriteAuthentication } from './auth.js';
import { addBackPressure } from './backPressure.js';
import { answerClientError } from './clientError.js';
import { ingestionRoutes } from './ingestion/routes.js';
import { defaultLimits, type Limits } from './limits.js';
import { addMetrics, type GaugeSource } from './metrics.js';
import { addOperations, type ReadinessCheck } from './operations.js';
import { addPersonalValues, type PersonalValuePorts } from './personalValues.js';
import { handleError } from './problems.js';
import { addRateLimits, type RateLimits } from './rateLimits.js';
import { logOf, requestIdOf } from './requestIdentity.js';
import { addRouteNotFound } from './routeNotFound.js';

/** Routes written elsewhere. Each plugin gets a scope of its own: its hooks and decorators stay its own. */
export interface RoutePlugin {
  readonly prefix: '' | '/v1';
  readonly routes: FastifyPluginAsync;
  /** Takes a write key from any page, under CORS and back pressure, as the doors of ingestion do. */
  readonly sends?: true;
}

export interface ServerDependencies {
  readonly log: FastifyBaseLogger;
  readonly accessKeys: AccessKeys;
  readonly personalValues: PersonalValuePorts;
  readonly ingestMessages: IngestMessages;
  readonly checkMessages: CheckMessages;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Bytes that the event store has taken but not written yet. */
  readonly pendingBytes: () => number;
  readonly readiness: readonly ReadinessCheck[];
  readonly gauges: readonly GaugeSource[];
  /** Called on the root scope before any route is added, so that it sees them all: the API's description. */
  readonly describeApi?: (app: FastifyInstance) => Promise<void>;
  readonly plugins: readonly RoutePlugin[];
  readonly limits?: Partial<Limits>;
  readonly rateLimits?: RateLimits;
}

/**
 * The whole HTTP server, not yet listening. Closing it stops accepting connections and waits for the requests under
 * way, each answered with `connection: close`.
 */
export async function buildServer(dependencies: ServerDependencies): Promise<FastifyInstance> {
  const limits = { ...defaultLimits, ...dependencies.limits };
  const app = createApp(dependencies.log, limits);
  const metrics = addMetrics(app, dependencies.gauges);
  logRequests(app);
  addAuthentication(app, dependencies.accessKeys);
  if (dependencies.rateLimits !== undefined) addRateLimits(app, dependencies.rateLimits);
  addPersonalValues(app, dependencies.personalValues);
  addRouteNotFound(app);
  await dependencies.describeApi?.(app);
  addOperations(app, dependencies.readiness, metrics);

  await app.register(async (scope) => {
    // A write key is no ambient credential, so any page may send with it: that is what a browser SDK does.
    await scope.register(cors, {
      origin: '*',
      methods: ['GET', 'POST'],
      exposedHeaders: ['x-request-id', 'retry-after'],
      maxAge: 86_400,
      hideOptionsRoute: true,
    });
    addWriteAuthentication(scope, dependencies.accessKeys);
    addBackPressure(scope, limits, dependencies.pendingBytes);
    await scope.register(ingestionRoutes({ ...dependencies, limits, countEvents: metrics.countEvents }));
    for (const { prefix, routes, sends } of dependencies.plugins) {
      if (sends) await scope.register(routes, { prefix });
    }
  });
  for (const { prefix, routes, sends } of dependencies.plugins) {
    if (!sends) await app.register(routes, { prefix });
  }
  return app;
}

function createApp(log: FastifyBaseLogger, limits: Limits): FastifyInstance {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    // One of its own for each request would cost more than most requests' logging: `logOf` makes it when there is a line.
    childLoggerFactory: (logger) => logger,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    http: {
      headersTimeout: limits.headersTimeout,
      requestTimeout: limits.requestTimeout,
      // How often slow requests are looked for: the timeouts above hold to within this.
      connectionsCheckingInterval: Math.min(5000, limits.requestTimeout),
    },
    // Requests that still come in over kept connections while closing are served: nothing is refused without need.
    return503OnClosing: false,
    // An id of 256 characters, each percent-encoded in up to 12.
    routerOptions: { maxParamLength: 256 * 12 },
    // A fault in a query is answered, never cut away in silence.
    ajv: { customOptions: { removeAdditional: false } },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      void handleError(error, request, reply);
    },
  });
  app.setErrorHandler(handleError);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  return app;
}

/** One line a request when it is over. Successes are counted in the metrics and logged at `debug` alone. */
function logRequests(app: FastifyInstance): void {
  const isVerbose = app.log.level === 'debug' || app.log.level === 'trace';
  app.addHook('onResponse', (request, reply, done) => {
    const level = reply.statusCode >= 500 ? 'warn' : reply.statusCode >= 400 ? 'info' : 'debug';
    if (level !== 'debug' || isVerbose) {
      const duration = Math.round(reply.elapsedTime);
      logOf(request)[level]({ req: request, res: reply, duration }, 'request completed');
    }
    done();
  });
}
