import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { type ChannelConfiguration, channelsOf } from './channelConfiguration.js';
import { channelEnvironment } from './channelEnvironment.js';
import { ConfigurationError } from './configurationError.js';
import {
  type EmbeddingsConfiguration,
  embeddingsEnvironment,
  embeddingsOf,
} from './embeddingsConfiguration.js';
import { llmEnvironment, type ModelConfiguration, modelsOf } from './llmConfiguration.js';

function isHost(text: string): boolean {
  return (
    /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?$/.test(text) && URL.canParse(`https://${text}`)
  );
}
const hostList = z
  .string()
  .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
  .refine(
    (hosts) => hosts.every(isHost),
    'must be host names, each with a port if not 443, with commas between',
  );
const mongoUrl = z
  .string()
  .regex(/^mongodb(\+srv)?:\/\/\S+$/, 'must be a connection string, mongodb://… or mongodb+srv://…');
const headerValue = z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'must be printable, without blanks');

const requestRate = z.coerce.number().positive('must be a number of requests a second').max(1_000_000);

/** Every name of the environment that means something to Waymark, as validated at the start. */
const environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  WAYMARK_DATA: z.string().min(1).default('./data'),
  WAYMARK_WRITE_KEY: z.string().min(16, 'must have at least 16 characters').optional(),
  WAYMARK_ADMIN_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  WAYMARK_ROOT_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits (256 bits)')
    .optional(),
  WAYMARK_ROOT_KEY_FILE: z.string().min(1).optional(),
  WAYMARK_ROOT_KEY_PREVIOUS: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits (256 bits)')
    .optional(),
  WAYMARK_ERASURE_LEDGER: z.string().min(1).optional(),
  WAYMARK_CALLBACK_HOSTS: hostList.optional(),
  WAYMARK_PRIVATE_HOSTS: hostList.optional(),
  WAYMARK_PROCESSOR_DOMAIN: z.string().refine(isHost, 'must be a host name').default('localhost'),
  VAULT_ADDR: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  VAULT_TOKEN: headerValue.optional(),
  VAULT_TOKEN_FILE: z.string().min(1).optional(),
  VAULT_TRANSIT_KEY: z
    .string()
    .regex(/^[\w.-]{1,128}$/, 'must be the name of a transit key')
    .default('waymark'),
  VAULT_NAMESPACE: headerValue.optional(),
  WAYMARK_AUDIT_ANCHOR: z
    .string()
    .refine(isAnchor, 'must be file:///path or https://… (http only to this machine), without credentials')
    .optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// address' }).optional(),
  WAYMARK_STRATEGIES: z.string().min(1).optional(),
  WAYMARK_INGESTION_RATE: requestRate.optional(),
  WAYMARK_READ_RATE: requestRate.optional(),
  EVENTSTORE_URL: z
    .string()
    .regex(
      /^(esdb|kurrentdb)(\+discover)?:\/\/\S+$/,
      'must be a connection string, esdb://… or kurrentdb://…',
    )
    .optional(),
  MONGODB_URL: mongoUrl.optional(),
  WAYMARK_KEYS_URL: mongoUrl.optional(),
  ...channelEnvironment,
  ...embeddingsEnvironment,
  ...llmEnvironment,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** All of them: what a deployment may set. */
export const configurationNames: readonly string[] = Object.keys(environment.shape);

/** Where the root key stands in Vault. One of `token` and `tokenFile` is given. */
export interface VaultConfiguration {
  readonly address: string;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly transitKey: string;
  readonly namespace: string | undefined;
}

export interface Configuration {
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly writeKey: string | undefined;
  readonly adminToken: string | undefined;
  readonly rootKey: string | undefined;
  readonly rootKeyFile: string | undefined;
  /** Still unwraps what it wrapped, until the root key was rotated. */
  readonly previousRootKey: string | undefined;
  /** File of the erasures carried out, to be kept out of the backups it is to outlive; default in the data folder. */
  readonly erasureLedger: string | undefined;
  /** Hosts that may be told of the status of privacy requests: `host` for port 443, or `host:port`. */
  readonly callbackHosts: readonly string[];
  /** The name under which answers about privacy requests are signed. */
  readonly processorDomain: string;
  /** Undefined: the root key is a local one. */
  readonly vault: VaultConfiguration | undefined;
  /** Where signed heads of audit trails are kept outside the stores: a `file:` or `https:` address. */
  readonly auditAnchor: string | undefined;
  /** JSON file of strategies that are applied at the start. */
  readonly strategiesFile: string | undefined;
  /** Undefined: this process is the only one of its installation. */
  readonly redisUrl: string | undefined;
  /** Requests a second that one key may make, over all instances. */
  readonly requestRates: { readonly ingestion: number | undefined; readonly reads: number | undefined };
  /** Connection string of EventStoreDB; undefined: events are kept in the data folder. May hold a password. */
  readonly eventStoreUrl: string | undefined;
  /** Connection string of MongoDB; undefined: documents are kept in the data folder. May hold a password. */
  readonly mongoUrl: string | undefined;
  /** Connection string of the MongoDB of keys and what else an installation shares; undefined: they are in the data folder. */
  readonly keysUrl: string | undefined;
  /** How people are reached outside of the application. */
  readonly channels: ChannelConfiguration;
  /** Undefined: knowledge is searched by words alone. */
  readonly embeddings: EmbeddingsConfiguration | undefined;
  /** Models that write help, in the order in which they are asked; empty: templates alone do. */
  readonly models: readonly ModelConfiguration[];
  readonly logLevel: string;
}

/** The environment over the `.env` file of the current folder. @throws ConfigurationError */
export function readConfiguration(env: NodeJS.ProcessEnv = process.env, envFile = '.env'): Configuration {
  const fromFile = existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {};
  const values: NodeJS.Dict<string> = { ...fromFile, ...env };
  refuseUnknown(values);
  const parsed = environment.safeParse(withoutEmpty(values));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new ConfigurationError(`The configuration is not valid: ${problems.join('; ')}`);
  }
  const { data } = parsed;
  if (data.WAYMARK_ROOT_KEY !== undefined && data.WAYMARK_ROOT_KEY_FILE !== undefined) {
    throw new ConfigurationError('Set WAYMARK_ROOT_KEY or WAYMARK_ROOT_KEY_FILE, not both');
  }
  refuseWhatIsNotShared(data);
  return {
    host: data.HOST,
    port: data.PORT,
    dataFolder: data.WAYMARK_DATA,
    writeKey: data.WAYMARK_WRITE_KEY,
    adminToken: data.WAYMARK_ADMIN_TOKEN,
    rootKey: data.WAYMARK_ROOT_KEY,
    rootKeyFile: data.WAYMARK_ROOT_KEY_FILE,
    previousRootKey: data.WAYMARK_ROOT_KEY_PREVIOUS,
    erasureLedger: data.WAYMARK_ERASURE_LEDGER,
    callbackHosts: hostsIn(data.WAYMARK_CALLBACK_HOSTS),
    processorDomain: data.WAYMARK_PROCESSOR_DOMAIN,
    vault: vaultOf(data),
    auditAnchor: data.WAYMARK_AUDIT_ANCHOR,
    strategiesFile: data.WAYMARK_STRATEGIES,
    redisUrl: data.REDIS_URL,
    requestRates: { ingestion: data.WAYMARK_INGESTION_RATE, reads: data.WAYMARK_READ_RATE },
    eventStoreUrl: data.EVENTSTORE_URL,
    mongoUrl: data.MONGODB_URL,
    keysUrl: data.WAYMARK_KEYS_URL ?? data.MONGODB_URL,
    channels: channelsOf(data, hostsIn(data.WAYMARK_PRIVATE_HOSTS)),
    embeddings: embeddingsOf(data),
    models: modelsOf(data),
    logLevel: data.LOG_LEVEL,
  };
}

/** As the parts of addresses are compared: without the port that goes without saying. */
function hostsIn(hosts: readonly string[] = []): readonly string[] {
  return hosts.map((host) => new URL(`https://${host}`).host);
}

/** With MongoDB an installation can have several instances, and what must be the same for all is not made by one. */
function refuseWhatIsNotShared(data: z.infer<typeof environment>): void {
  if (data.MONGODB_URL === undefined && data.WAYMARK_KEYS_URL === undefined) return;
  if (
    [data.WAYMARK_ROOT_KEY, data.WAYMARK_ROOT_KEY_FILE, data.VAULT_ADDR].every((key) => key === undefined)
  ) {
    throw new ConfigurationError(
      'Keys in MongoDB need a root key that is the same for every instance: with MONGODB_URL set WAYMARK_ROOT_KEY (64 hexadecimal digits, for example from `openssl rand -hex 32`), WAYMARK_ROOT_KEY_FILE or VAULT_ADDR',
    );
  }
  if (data.WAYMARK_ERASURE_LEDGER !== undefined) {
    throw new ConfigurationError(
      'With MONGODB_URL the erasure ledger is a database beside the others, which all instances share: unset WAYMARK_ERASURE_LEDGER',
    );
  }
}

function vaultOf(data: z.infer<typeof environment>): VaultConfiguration | undefined {
  const { VAULT_ADDR: address, VAULT_TOKEN: token, VAULT_TOKEN_FILE: tokenFile } = data;
  if (address === undefined) return undefined;
  if ((token === undefined) === (tokenFile === undefined)) {
    throw new ConfigurationError('VAULT_ADDR needs VAULT_TOKEN or VAULT_TOKEN_FILE, not both');
  }
  if (data.WAYMARK_ROOT_KEY !== undefined || data.WAYMARK_ROOT_KEY_FILE !== undefined) {
    throw new ConfigurationError(
      'Set VAULT_ADDR or a local root key, not both; to move to Vault give the local one as WAYMARK_ROOT_KEY_PREVIOUS',
    );
  }
  return { address, token, tokenFile, transitKey: data.VAULT_TRANSIT_KEY, namespace: data.VAULT_NAMESPACE };
}

function isAnchor(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  if (protocol === 'file:') return hostname === '' && !pathname.endsWith('/');
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(127\.0\.0\.1|localhost|\[::1\])$/.test(hostname))
  );
}

function refuseUnknown(values: NodeJS.Dict<string>): void {
  for (const name of Object.keys(values)) {
    if (name.startsWith('WAYMARK_') && !configurationNames.includes(name)) {
      throw new ConfigurationError(
        `${name} is not a name Waymark knows: see the configuration table in README.md`,
      );
    }
  }
}

function withoutEmpty(values: NodeJS.Dict<string>): Record<string, string> {
  const entries = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(entries);
}
