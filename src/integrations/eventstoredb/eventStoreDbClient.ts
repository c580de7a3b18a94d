import { setImmediate as turn } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import operationsGrpc from '@eventstore/db-client/generated/operations_grpc_pb.js';
import operations, { type ScavengeResp } from '@eventstore/db-client/generated/operations_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { AppendAnswer, AppendRequest } from './appendRequests.js';
import { AppendSession, type AppendStream } from './appendSession.js';
import { cancelSoon } from './cancelSoon.js';
import type { ConnectionSettings } from './connectionString.js';
import { commandError } from './failures.js';

type Channel = Awaited<ReturnType<EventStoreDbClient['getChannel']>>;

const ticksInAMillisecond = 10_000n;

/**
 * The package's client, for what it does well: discovery, credentials, TLS, keep-alive, following the leader. Appends
 * and reads go over its connection as the protocol has them, because its own calls wait for ever on a silent server.
 */
export class EventStoreDbClient extends EventStoreDBClient {
  /** When anything last came from the server; milliseconds of `performance.now()`. */
  heardAt = 0;
  #session: Promise<AppendSession> | undefined;
  #channel: Promise<Channel> | undefined;

  constructor({ nodes, channel, credentials }: ConnectionSettings) {
    // The three kinds of nodes have a constructor each, which do the same.
    super(nodes as { readonly endpoint: string }, channel, credentials);
    const { getChannel } = this;
    this.getChannel = () => {
      this.#channel = getChannel();
      return this.#channel;
    };
  }

  async append(request: AppendRequest, signal: AbortSignal): Promise<AppendAnswer> {
    const session = await (this.#session ?? this.#openSession());
    signal.throwIfAborted();
    return session.append(request, signal);
  }

  /** Every append on its way ends with an unknown outcome. */
  dropAppends(): void {
    const session = this.#session;
    this.#session = undefined;
    session?.then(
      (opened) => opened.drop(),
      () => undefined,
    );
  }

  /** The messages of a read or a subscription, at the pace of who takes them, until `signal` aborts. */
  async *read(request: ReadReq, signal: AbortSignal): AsyncGenerator<ReadResp, void, undefined> {
    const open = this.GRPCStreamCreator(streamsGrpc.StreamsClient, 'read', (client) =>
      client.read(request, ...this.callArguments({ requiresLeader: true }, { deadline: Infinity })),
    );
    const stream = await open();
    let isOver = false;
    const cancel = () => {
      if (!isOver) cancelSoon(stream);
      isOver = true;
    };
    // It can fail while nobody looks.
    stream.on('error', () => undefined);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      signal.throwIfAborted();
      // Type: each message is a ReadResp, which the stream's own type does not say.
      for await (const message of stream as AsyncIterable<ReadResp>) {
        this.heard();
        yield message;
      }
      isOver = true;
      signal.throwIfAborted();
    } catch (error) {
      isOver ||= !signal.aborted;
      throw signal.aborted ? signal.reason : commandError(error);
    } finally {
      signal.removeEventListener('abort', cancel);
      cancel();
    }
  }

  heard(): void {
    this.heardAt = performance.now();
  }

  /** The leader's clock; epoch milliseconds, up to a gossip interval (a second or two) old. */
  async serverTime(): Promise<number | undefined> {
    const info = await this.execute(gossipGrpc.GossipClient, 'readGossip', (client) =>
      settle<ClusterInfo>((done) =>
        client.read(new shared.Empty(), ...this.callArguments({ deadline: 2000 }), done),
      ),
    );
    const times = info
      .getMembersList()
      .filter((member) => member.getIsAlive())
      .map((member) => Number(BigInt(member.getTimeStamp()) / ticksInAMillisecond));
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /** Removes from this node's files what is deleted or hidden. Goes on by itself; returns its id. */
  async startScavenge(): Promise<string> {
    const options = new operations.StartScavengeReq.Options();
    options.setThreadCount(1);
    options.setStartFromChunk(0);
    const request = new operations.StartScavengeReq();
    request.setOptions(options);
    const answer = await this.execute(operationsGrpc.OperationsClient, 'startScavenge', (client) =>
      settle<ScavengeResp>((done) => client.startScavenge(request, ...this.callArguments({}), done)),
    );
    return answer.getScavengeId();
  }

  async close(): Promise<void> {
    this.dropAppends();
    await turn();
    await this.dispose();
    const channel = await this.#channel?.catch(() => undefined);
    channel?.close();
  }

  #openSession(): Promise<AppendSession> {
    const forget = () => {
      if (this.#session === opened) this.#session = undefined;
    };
    const opened = this.#openAppends().then(
      (stream) => new AppendSession(stream, () => this.heard(), forget),
    );
    opened.catch(forget);
    this.#session = opened;
    return opened;
  }

  #openAppends(): Promise<AppendStream> {
    return this.GRPCStreamCreator(streamsGrpc.StreamsClient, 'appendToStream', (client) =>
      client.batchAppend(...this.callArguments({ requiresLeader: true }, { deadline: Infinity })),
    )();
  }
}

function settle<T>(call: (done: (error: Error | null, answer: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}
