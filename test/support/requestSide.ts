import { createCipheriv, createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { InjectOptions } from 'fastify';
import type { AccessKeys } from '../../src/commands/accessKeys.js';
import type { Fulfillers, SealRequestValue } from '../../src/commands/privacyRequests.js';
import { createPrivacyRequestsPart } from '../../src/composition/privacyRequests.js';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { createLogger } from '../../src/http/logger.js';
import { describeApi } from '../../src/http/openapi.js';
import { buildServer } from '../../src/http/server.js';
import { openEmbeddedDocumentStore } from '../../src/integrations/embedded/embeddedDocumentStore.js';
import { createPseudonyms } from '../../src/integrations/embedded/pseudonyms.js';
import { openSigningKey } from '../../src/integrations/embedded/signingKey.js';
import { createProcessors } from '../../src/processors/processors.js';
import { privacyRequestsProjection } from '../../src/projections/privacyRequests/projection.js';
import { liveReader } from '../../src/queries/documentReader.js';
import { standInPersonalValues } from './personalValues.js';
import { nobody } from './plainSealing.js';
import { writeSide } from './writeSide.js';

const accessKeys: AccessKeys = {
  authenticate(secret) {
    const tenantId = { 'admin-default': 'default', 'admin-other': 'other' }[secret];
    return tenantId === undefined ? undefined : { tenantId, keyId: `key-${tenantId}`, role: 'administrator' };
  },
};
const sealingKey = randomBytes(32);

/** AES-256-GCM, as the real one seals. */
export const sealForTest: SealRequestValue = async (tenantId, subject, requestId, value) => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce);
  cipher.setAAD(Buffer.from(JSON.stringify([tenantId, subject, requestId])));
  const sealed = [nonce, cipher.update(JSON.stringify(value)), cipher.final(), cipher.getAuthTag()];
  return `sealed:v1:${Buffer.concat(sealed).toString('base64')}`;
};

export interface RequestSideOptions {
  readonly fulfillers?: Fulfillers;
  readonly callbackHosts?: readonly string[];
  readonly allowLoopback?: boolean;
  /** Whether requests are carried out as they come. */
  readonly works?: boolean;
}

/** Requests of persons from the door to their end, on real embedded stores. */
export async function openRequestSide(folder: string, options: RequestSideOptions = {}) {
  const clock = { ahead: 0 };
  const now = () => Date.now() + clock.ahead;
  const eventStore = await openEmbeddedEventStore({ folder: join(folder, 'events'), clock: Date.now });
  const documentStore = openEmbeddedDocumentStore({ folder: join(folder, 'documents') });
  const signingKey = await openSigningKey(join(folder, 'signing.key'));
  const warnings: unknown[] = [];
  const processors = createProcessors({
    eventStore,
    documentStore,
    projections: [privacyRequestsProjection],
    reactors: [],
    erasedPersons: nobody,
    clock: now,
    logger: { warn: () => undefined },
  });
  await processors.start();
  const subjectOf = createPseudonyms(Buffer.alloc(32, 7));
  const signerFor = (use: string) => (text: string) => createHmac('sha256', use).update(text).digest('hex');
  const ports = {
    eventStore,
    documents: liveReader(documentStore, processors),
    readModels: processors,
    subjectOf,
    now,
  };
  const part = createPrivacyRequestsPart({
    stores: { eventStore, documentStore, signingKey },
    application: { processors, subjectOf, signerFor },
    configuration: { callbackHosts: options.callbackHosts ?? [], processorDomain: 'privacy.example' },
    ports,
    fulfillers: options.fulfillers ?? {},
    seal: sealForTest,
    log: { warn: (about: unknown) => warnings.push(about) },
    allowLoopback: options.allowLoopback ?? true,
    interval: 2,
  });
  const write = writeSide(eventStore);
  const app = await buildServer({
    log: createLogger('silent'),
    accessKeys,
    personalValues: standInPersonalValues().ports,
    ingestMessages: write.ingestMessages,
    checkMessages: write.ingestMessages,
    now,
    pendingBytes: () => 0,
    readiness: [],
    gauges: part.gauges,
    describeApi,
    plugins: [{ prefix: '', routes: part.routes }],
  });
  await app.ready();
  const end = options.works === false ? async () => undefined : part.start();

  async function inject(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    body?: unknown,
    token = 'admin-default',
  ) {
    const injected: InjectOptions = { method, url, headers: { authorization: `Bearer ${token}` } };
    if (body !== undefined) {
      injected.payload = typeof body === 'string' ? body : JSON.stringify(body);
      injected.headers = { ...injected.headers, 'content-type': 'application/json' };
    }
    const answer = await app.inject(injected);
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: answer.json() };
  }
  const side = {
    app,
    clock,
    eventStore,
    documentStore,
    processors,
    signingKey,
    subjectOf,
    warnings,
    send: write.send,
    inject,
    post: (body: unknown, token?: string) => inject('POST', '/v1/privacy/requests', body, token),
    get: (path: string, token?: string) => inject('GET', `/v1/privacy/${path}`, undefined, token),
    act: (id: string, action: string, body?: unknown) =>
      inject('POST', `/v1/privacy/requests/${id}/${action}`, body),
    /** The request as soon as it is as asked for. */
    async until(id: string, is: (request: ShownRequest) => boolean): Promise<ShownRequest> {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const { body } = await side.get(`requests/${id}`);
        if (is(body)) return body;
        if (Date.now() > deadline) throw new Error(`the request stayed ${JSON.stringify(body)}`);
        await setTimeout(2);
      }
    },
    async caughtUp() {
      while (!(await processors.caughtUp())) await setImmediate();
    },
    async close() {
      await end();
      await app.close();
      await processors.stop();
      await documentStore.close();
      await eventStore.close();
    },
  };
  return side;
}

export type RequestSide = Awaited<ReturnType<typeof openRequestSide>>;

export interface ShownRequest {
  readonly request_status: string;
  readonly failed_attempts: number;
  readonly last_failure: string | null;
  readonly remarks: readonly string[];
  readonly result: Record<string, unknown>;
  readonly callbacks: readonly {
    readonly owed: readonly string[];
    readonly delivered: number;
    readonly given_up: number;
    readonly failed_attempts: number;
    readonly last_failure: string | null;
  }[];
}

/** A request as a controller sends it, with an id of its own. */
export function asking(changes: Record<string, unknown> = {}) {
  return {
    regulation: 'gdpr',
    subject_request_id: randomUUID(),
    subject_request_type: 'erasure',
    submitted_time: new Date(Date.now() - 1000).toISOString(),
    subject_identities: [
      { identity_type: 'controller_customer_id', identity_value: 'ada', identity_format: 'raw' },
    ],
    ...changes,
  };
}

export interface ReceivedCallback {
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
}

/** A controller's callback server on a free port. */
export async function openCallbackServer(answer: (response: ServerResponse, path: string) => void) {
  const received: ReceivedCallback[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, bytes: Buffer.concat(chunks) });
      answer(response, request.url ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A boundary: a server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
