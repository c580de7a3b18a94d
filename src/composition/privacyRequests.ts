import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import { fulfilPrivacyRequest } from '../commands/fulfilPrivacyRequest.js';
import { requestTypes } from '../commands/personRights.js';
import {
  createPrivacyRequests,
  type Fulfillers,
  type SealRequestValue,
} from '../commands/privacyRequests.js';
import { sendStatusCallbacks } from '../commands/statusCallback.js';
import type { Configuration } from '../config.js';
import type { GaugeSource } from '../http/metrics.js';
import { requestRoutes } from '../http/privacy/requestRoutes.js';
import { createPostCallback } from '../integrations/callbacks/postCallback.js';
import { countOverdue } from '../queries/privacyRequests.js';
import type { QueryPorts } from '../queries/view.js';
import { fulfilRequests, tellStatuses } from '../reactors/fulfilRequests.js';
import type { Application } from './application.js';
import { createEventIds } from './eventIds.js';
import type { Stores } from './stores.js';

/** Milliseconds between two looks for requests and callbacks that are due. */
const roundInterval = 1000;
/** Milliseconds between two counts of what is overdue. */
const overdueInterval = 60_000;

export interface PrivacyRequestsOptions {
  readonly stores: Pick<Stores, 'eventStore' | 'documentStore' | 'signingKey'>;
  readonly application: Pick<Application, 'processors' | 'subjectOf' | 'signerFor'>;
  readonly configuration: Pick<Configuration, 'callbackHosts' | 'processorDomain'>;
  readonly ports: QueryPorts;
  readonly fulfillers: Fulfillers;
  readonly seal: SealRequestValue;
  readonly log: Pick<Logger, 'warn'>;
  /** For tests: callbacks to this machine, over plain HTTP. */
  readonly allowLoopback?: boolean;
  readonly interval?: number;
}

export interface PrivacyRequestsPart {
  /** Mounted without a prefix. */
  readonly routes: FastifyPluginAsync;
  readonly gauges: readonly GaugeSource[];
  /** Carries requests out and tells of them, for ever. Returns what ends it, with what is under way. */
  start(): () => Promise<void>;
}

/** Requests of persons: routes, what carries them out, what tells of them. */
export function createPrivacyRequestsPart(options: PrivacyRequestsOptions): PrivacyRequestsPart {
  const { stores, application, configuration, ports, fulfillers, seal, log } = options;
  const { signingKey, eventStore, documentStore } = stores;
  const { processorDomain, callbackHosts } = configuration;
  const { subjectOf, signerFor, processors } = application;
  const interval = options.interval ?? roundInterval;
  const streams = { eventStore, now: ports.now, newId: createEventIds() };
  const callbackRules = { hostsOf: () => callbackHosts, allowLoopback: options.allowLoopback ?? false };
  const due = {
    documentStore,
    liveCollection: (name: 'privacyRequests') => processors.liveCollection(name),
    now: ports.now,
    onError: (error: unknown) => log.warn({ err: error }, 'a privacy request waits for the next round'),
  };
  const post = createPostCallback({ rules: callbackRules });
  const tell = sendStatusCallbacks({ streams, post, sign: signingKey.sign, processorDomain });
  const overdue = { count: 0 };

  return {
    routes: requestRoutes({
      requests: createPrivacyRequests({
        streams,
        fulfillers,
        subjectOf,
        seal,
        digest: signerFor('privacy requests'),
      }),
      ports,
      callbackRules,
      supportedTypes: requestTypes.filter((type) => fulfillers[type] !== undefined),
      publicKey: signingKey,
      sign: signingKey.sign,
      processorDomain,
      now: ports.now,
    }),
    gauges: [
      {
        name: 'waymark_privacy_requests_overdue',
        help: 'Open requests of persons whose due date has passed; counted once a minute.',
        labelNames: [],
        collect: () => [{ labels: {}, value: overdue.count }],
      },
    ],
    start() {
      const ends = [
        fulfilRequests(due, fulfilPrivacyRequest(streams, fulfillers)).start(interval),
        tellStatuses(due, tell).start(interval),
      ];
      const count = () =>
        countOverdue(ports.documents, ports.now()).then(
          (counted) => {
            overdue.count = counted;
          },
          (error: unknown) => log.warn({ err: error }, 'overdue privacy requests could not be counted'),
        );
      let counting = count();
      const timer = setInterval(() => {
        counting = count();
      }, overdueInterval);
      return async () => {
        clearInterval(timer);
        await Promise.all([...ends.map((end) => end()), counting]);
      };
    },
  };
}
