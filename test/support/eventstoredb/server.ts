import { join } from 'node:path';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import operationsGrpc from '@eventstore/db-client/generated/operations_grpc_pb.js';
import operations from '@eventstore/db-client/generated/operations_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams, { type DeleteReq, type TombstoneReq } from '@eventstore/db-client/generated/streams_pb.js';
import {
  type handleUnaryCall,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import {
  type EmbeddedEventStore,
  openEmbeddedEventStore,
} from '../../../src/eventStore/embedded/embeddedEventStore.js';
import { type ExpectedRevision, WrongExpectedRevision } from '../../../src/eventStore/eventStore.js';
import { admit } from './answering.js';
import { answerAppends } from './appendCalls.js';
import { type Faults, noFaults } from './faults.js';
import { answerRead } from './readCalls.js';
import { callError, nameOf } from './wire.js';

/** A server that speaks EventStoreDB's protocol over the embedded store's rules, and can fail in the ways servers do. */
export interface EventStoreDbServer {
  readonly port: number;
  /** Connection string. */
  readonly url: string;
  readonly faults: Faults;
  /** What it keeps. */
  readonly store: EmbeddedEventStore;
  /** Calls by name, for example `BatchAppend`, and with which credentials the last one came. */
  readonly calls: ReadonlyMap<string, number>;
  lastCredentials(): string | undefined;
  /** Ends at once, connections and all; what it has acknowledged stays in its folder. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Opened again by a later server, it holds what the earlier one was given. */
  readonly folder: string;
  /** 0: any that is free. */
  readonly port?: number;
  readonly credentials?: ServerCredentials;
}

export async function startEventStoreDbServer(options: ServerOptions): Promise<EventStoreDbServer> {
  const { folder, port: wanted = 0, credentials = ServerCredentials.createInsecure() } = options;
  const store = await openEmbeddedEventStore({ folder: join(folder, 'events'), clock: Date.now });
  const faults = noFaults();
  const calls = new Map<string, number>();
  let authorization: string | undefined;
  const count = (name: string, metadata: Metadata) => {
    calls.set(name, (calls.get(name) ?? 0) + 1);
    authorization = metadata.get('authorization')[0]?.toString() ?? authorization;
  };
  const server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
  const unary =
    <Q, A>(name: string, answer: (request: Q) => Promise<A>): handleUnaryCall<Q, A> =>
    (call: ServerUnaryCall<Q, A>, done) => {
      count(name, call.metadata);
      admit(faults, call.metadata)
        .then(() => answer(call.request))
        .then(
          (response) => done(null, response),
          (error: Error) => done(error),
        );
    };
  server.addService(streamsGrpc.StreamsService, {
    read: (call: Parameters<typeof answerRead>[0]) => {
      count('Read', call.metadata);
      void answerRead(call, store, faults);
    },
    batchAppend: (call: Parameters<typeof answerAppends>[0]) => {
      count('BatchAppend', call.metadata);
      answerAppends(call, store, faults);
    },
    delete: unary('Delete', (request: DeleteReq) => remove(request, 'deleteStream', store)),
    tombstone: unary('Tombstone', (request: TombstoneReq) => remove(request, 'tombstoneStream', store)),
  });
  server.addService(featuresGrpc.ServerFeaturesService, {
    getSupportedMethods: unary('GetSupportedMethods', async () => supportedMethods()),
  });
  server.addService(operationsGrpc.OperationsService, {
    startScavenge: unary('StartScavenge', async () => {
      const started = new operations.ScavengeResp();
      started.setScavengeId('3d9f1a52-6a1e-4b60-8f4e-0a8c2f5f6f01');
      return started;
    }),
  });
  let port = 0;
  server.addService(gossipGrpc.GossipService, {
    read: unary('Gossip', async () => clusterOf(port, faults)),
  });
  port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${wanted}`, credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    url: `esdb://127.0.0.1:${port}?tls=false`,
    faults,
    store,
    calls,
    lastCredentials: () =>
      authorization && Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString(),
    async stop() {
      server.forceShutdown();
      await store.close();
    },
  };
}

async function remove(
  request: DeleteReq | TombstoneReq,
  kind: 'deleteStream' | 'tombstoneStream',
  store: EmbeddedEventStore,
) {
  const options = request.getOptions();
  const name = nameOf(options?.getStreamIdentifier());
  const expected: ExpectedRevision = options?.hasRevision()
    ? BigInt(options.getRevision())
    : options?.hasNoStream()
      ? 'noStream'
      : 'any';
  try {
    const { exists } = await store.readStream(name, { maxCount: 1 });
    const { truncateBefore } = await store.getStreamMetadata(name);
    // Where there is nothing, nothing is expected: `any` is a conflict too.
    if (!exists && expected !== 'noStream' && truncateBefore === undefined) {
      throw new WrongExpectedRevision(expected, undefined);
    }
    await store[kind](name, expected);
  } catch (error) {
    throw callError(error, name);
  }
  return kind === 'deleteStream' ? new streams.DeleteResp() : new streams.TombstoneResp();
}

function supportedMethods() {
  const methods = new features.SupportedMethods();
  methods.setEventStoreServerVersion('24.10.0');
  for (const [service, names] of [
    ['event_store.client.streams.streams', ['read', 'batchappend', 'delete', 'tombstone']],
    ['event_store.client.operations.operations', ['startscavenge']],
  ] as const) {
    for (const name of names) {
      const method = new features.SupportedMethod();
      method.setServiceName(service);
      method.setMethodName(name);
      methods.addMethods(method);
    }
  }
  return methods;
}

function clusterOf(port: number, { leader, clockOffset }: Faults) {
  const info = new gossip.ClusterInfo();
  const { host, port: leaderPort } = leader ?? { host: '127.0.0.1', port };
  const endPoint = new gossip.EndPoint();
  endPoint.setAddress(host);
  endPoint.setPort(leaderPort);
  const member = new gossip.MemberInfo();
  member.setHttpEndPoint(endPoint);
  member.setIsAlive(true);
  member.setState(gossip.MemberInfo.VNodeState.LEADER);
  member.setTimeStamp(String(BigInt(Date.now() + clockOffset) * 10_000n));
  info.addMembers(member);
  return info;
}
