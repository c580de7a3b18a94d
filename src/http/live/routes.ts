import { Socket } from 'node:net';
import websocket from '@fastify/websocket';
import type { FastifyPluginAsync } from 'fastify';
import { CodedError } from '../../domain/errors.js';
import { type InboxAuthentication, inboxAccessOf, liveProtocol } from '../inboxAccess.js';
import { logOf } from '../requestIdentity.js';
import type { LiveConnection } from './connection.js';
import { closeCodes, defaultLiveLimits, type LiveLimits } from './protocol.js';
import { type LiveSessionOptions, openLiveSession } from './session.js';

export interface LiveRoutesOptions
  extends InboxAuthentication,
    Omit<LiveSessionOptions, 'limits' | 'onError' | 'correlationId'> {
  readonly limits?: Partial<LiveLimits>;
}

/** For a client to complete its upgrade; milliseconds. */
const upgradeTimeout = 5000;

/** `/live`, mounted under `/v1`. The messages are described in `docs/live.md`. */
export function liveRoutes(options: LiveRoutesOptions): FastifyPluginAsync {
  const limits = { ...defaultLiveLimits, ...options.limits };
  const connections = new Set<LiveConnection>();

  return async (app) => {
    // An upgrade that another route answers leaves a socket that nobody reads; `ws` lifts this for those it accepts.
    app.server.on('upgrade', (_request, socket) => {
      if (socket instanceof Socket) socket.setTimeout(upgradeTimeout, () => socket.destroy());
    });
    await app.register(websocket, {
      options: {
        maxPayload: limits.messageBytes,
        // A token among the subprotocols is never echoed.
        handleProtocols: (protocols) => (protocols.has(liveProtocol) ? liveProtocol : false),
      },
      errorHandler: (_error, socket) => socket.terminate(),
      preClose(done) {
        for (const connection of connections) connection.close(closeCodes.goingAway, 'server-stopping');
        done();
      },
    });

    app.get(
      '/live',
      {
        websocket: true,
        config: { access: 'public' },
        preValidation: async (request) => {
          inboxAccessOf(request, options, 'person');
          if (connections.size >= limits.connections) {
            throw new CodedError('overloaded', 'There are too many live connections; try again later.');
          }
        },
      },
      (socket, request) => {
        const onError = (error: unknown) => logOf(request).error({ err: error }, 'live session failed');
        const connection = openLiveSession(
          socket,
          inboxAccessOf(request, options, 'person'),
          { ...options, limits, onError, correlationId: request.id },
          () => connections.delete(connection),
        );
        connections.add(connection);
      },
    );
  };
}
