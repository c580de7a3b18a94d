import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { z } from 'zod';

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
  WAYMARK_AUDIT_ANCHOR: z
    .string()
    .refine(isAnchor, 'must be file:///path or https://… (http only to this machine), without credentials')
    .optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** Part of the contract, and not served by this version: better refused than silently ignored. */
const notYet = ['EVENTSTORE_URL', 'MONGODB_URL', 'REDIS_URL', 'WAYMARK_LLM', 'VAULT_ADDR'] as const;

export interface Configuration {
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly writeKey: string | undefined;
  readonly adminToken: string | undefined;
  readonly rootKey: string | undefined;
  readonly rootKeyFile: string | undefined;
  /** Where signed heads of audit trails are kept outside the stores: a `file:` or `https:` address. */
  readonly auditAnchor: string | undefined;
  readonly logLevel: string;
}

/** What is wrong with the configuration, in one line that names the variable and what to do. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
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
  return {
    host: data.HOST,
    port: data.PORT,
    dataFolder: data.WAYMARK_DATA,
    writeKey: data.WAYMARK_WRITE_KEY,
    adminToken: data.WAYMARK_ADMIN_TOKEN,
    rootKey: data.WAYMARK_ROOT_KEY,
    rootKeyFile: data.WAYMARK_ROOT_KEY_FILE,
    auditAnchor: data.WAYMARK_AUDIT_ANCHOR,
    logLevel: data.LOG_LEVEL,
  };
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
  const known = new Set([...Object.keys(environment.shape), ...notYet]);
  for (const name of Object.keys(values)) {
    if (name.startsWith('WAYMARK_') && !known.has(name)) {
      throw new ConfigurationError(
        `${name} is not a name Waymark knows: see the configuration table in README.md`,
      );
    }
  }
  for (const name of notYet) {
    const isDefault = name === 'WAYMARK_LLM' && values[name] === 'templates';
    if (values[name] !== undefined && values[name] !== '' && !isDefault) {
      throw new ConfigurationError(
        `${name} is set, but this version runs on its embedded stores and templates alone: unset it`,
      );
    }
  }
}

function withoutEmpty(values: NodeJS.Dict<string>): Record<string, string> {
  const entries = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(entries);
}
