import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type {
  ChannelCredentialOptions,
  Credentials,
  DNSClusterOptions,
  GossipClusterOptions,
  SingleNodeOptions,
} from '@eventstore/db-client';
import {
  type ConnectionOptions,
  parseConnectionString,
} from '@eventstore/db-client/dist/Client/parseConnectionString.js';

export type NodeSettings = SingleNodeOptions | DNSClusterOptions | GossipClusterOptions;

/** What a connection string says, ready for a client. */
export interface ConnectionSettings {
  readonly nodes: NodeSettings;
  readonly channel: ChannelCredentialOptions;
  readonly credentials: Credentials | undefined;
  /** Hosts and ports, without credentials: for log lines. */
  readonly address: string;
}

/** The text may hold a password: neither it nor a part of it is in the message. */
export class InvalidConnectionString extends Error {
  override readonly name = 'InvalidConnectionString';
}

/**
 * `esdb://user:password@host:2113?tls=false`, `esdb+discover://…` for a cluster behind one name, several hosts with
 * commas between for one that is known by its members; `kurrentdb` says the same. Options are those of EventStoreDB's
 * clients, with `throwOnAppendFailure` left out, as nothing here would heed it.
 * @throws InvalidConnectionString; the errors of reading the TLS files that it names
 */
export function readConnectionString(text: string): ConnectionSettings {
  const options = parse(text.trim().replace(/^kurrentdb(?=(\+discover)?:\/\/)/, 'esdb'));
  return {
    nodes: nodesOf(options),
    channel: channelOf(options),
    credentials: options.defaultCredentials,
    address: options.hosts.map(({ address, port }) => `${address}:${port}`).join(','),
  };
}

function parse(text: string): ConnectionOptions {
  try {
    return parseConnectionString(text);
  } catch {
    throw new InvalidConnectionString('the connection string of the event store cannot be understood');
  }
}

function nodesOf(options: ConnectionOptions): NodeSettings {
  const { hosts, dnsDiscover, keepAliveInterval, keepAliveTimeout, connectionName, defaultDeadline } =
    options;
  const [first] = hosts;
  if (first === undefined) throw new InvalidConnectionString('the connection string names no host');
  const shared = {
    ...(keepAliveInterval === undefined ? {} : { keepAliveInterval }),
    ...(keepAliveTimeout === undefined ? {} : { keepAliveTimeout }),
    ...(defaultDeadline === undefined ? {} : { defaultDeadline }),
    connectionName: connectionName ?? 'waymark',
  };
  if (!dnsDiscover && hosts.length === 1) return { endpoint: first, ...shared };
  const { nodePreference, discoveryInterval } = options;
  const discovery = {
    ...(nodePreference === undefined ? {} : { nodePreference }),
    ...(discoveryInterval === undefined ? {} : { discoveryInterval }),
    // Whoever asks is answered within a bounded time; what tries again for ever is the connection, not a request.
    maxDiscoverAttempts: options.maxDiscoverAttempts ?? 3,
    gossipTimeout: options.gossipTimeout ?? 2,
  };
  return dnsDiscover
    ? { discover: first, ...shared, ...discovery }
    : { endpoints: hosts, ...shared, ...discovery };
}

function channelOf({
  tls,
  tlsCAFile,
  userCertFile,
  userKeyFile,
}: ConnectionOptions): ChannelCredentialOptions {
  if (tls === false) return { insecure: true };
  return {
    ...(tlsCAFile === undefined ? {} : { rootCertificate: readFileSync(resolve(tlsCAFile)) }),
    ...(userCertFile === undefined ? {} : { userCertFile: readFileSync(resolve(userCertFile)) }),
    ...(userKeyFile === undefined ? {} : { userKeyFile: readFileSync(resolve(userKeyFile)) }),
  };
}
