import type { FastifyInstance } from 'fastify';
import type { DestinationStream } from 'pino';
import type { Access, AccessKeys } from '../../src/commands/accessKeys.js';
import type { IncomingMessage, IngestRequest, IngestResult } from '../../src/commands/incomingMessage.js';
import { createLogger } from '../../src/http/logger.js';
import { buildServer, type ServerDependencies } from '../../src/http/server.js';
import { standInPersonalValues } from './personalValues.js';

export const testKeys = { write: 'wk_test', administrator: 'wa_test' } as const;

export interface RecordingServer {
  readonly app: FastifyInstance;
  readonly url: string;
  /** What the command behind the door was handed, in order. */
  readonly requests: readonly IngestRequest[];
  readonly checks: readonly IngestRequest[];
  readonly logLines: readonly string[];
  messages(): readonly IncomingMessage[];
  close(): Promise<void>;
}

/** The real HTTP server on a free port, before a command handler that remembers and takes everything. */
export async function startRecordingServer(
  changes: Partial<ServerDependencies> = {},
  logLevel = 'debug',
): Promise<RecordingServer> {
  const requests: IngestRequest[] = [];
  const checks: IngestRequest[] = [];
  const logLines: string[] = [];
  const destination: DestinationStream = { write: (line) => logLines.push(line) };
  const app = await buildServer({
    log: createLogger(logLevel, destination),
    accessKeys: fixedKeys(),
    personalValues: standInPersonalValues().ports,
    ingestMessages: async (request) => takeAll(requests, request),
    checkMessages: async (request) => takeAll(checks, request),
    now: Date.now,
    pendingBytes: () => 0,
    readiness: [],
    gauges: [],
    plugins: [],
    ...changes,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    app,
    url,
    requests,
    checks,
    logLines,
    messages: () => requests.flatMap(({ messages }) => messages),
    close: () => app.close(),
  };
}

function takeAll(seen: IngestRequest[], request: IngestRequest): IngestResult {
  seen.push(request);
  return {
    accepted: request.messages.length,
    duplicates: 0,
    suppressed: 0,
    rejected: request.rejected.map(({ payload: _, ...rest }) => rest),
    position: String(seen.length),
  };
}

function fixedKeys(): AccessKeys {
  const access = new Map<string, Access>([
    [testKeys.write, { tenantId: 'default', keyId: 'write', role: 'write' }],
    [testKeys.administrator, { tenantId: 'default', keyId: 'administrator', role: 'administrator' }],
  ]);
  return { authenticate: (secret) => access.get(secret) };
}
