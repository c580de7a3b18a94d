import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { createRetention } from '../../src/composition/retention.js';
import type { Document } from '../../src/documentStore/documentStore.js';
import { createLogger } from '../../src/http/logger.js';
import { testAdminToken, testWriteKey } from './serverProcess.js';
import { testFolder } from './testFolder.js';
import { startTestWaymark } from './waymark.js';

export const day = 86_400_000;

export interface Answer {
  readonly status: number;
  // What a test looks at, whatever route it came from.
  readonly body: Record<string, unknown>;
}

/** The whole product, whose retention job is run by hand and as of any time. */
export async function openRetentionSide(t: Test, folder: string = testFolder(t)) {
  const waymark = await startTestWaymark(folder);
  t.teardown(() => waymark.stop());
  async function call(method: string, path: string, key: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(waymark.url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // A boundary: what the server answers.
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  }
  const get = (path: string) => call('GET', path, testAdminToken);
  return {
    waymark,
    get,
    post: (path: string, body: unknown = {}) => call('POST', path, testAdminToken, body),
    async send(...events: object[]) {
      const batch = events.map((event) => ({ messageId: randomUUID(), ...event }));
      const { body } = await call('POST', '/v1/batch', testWriteKey, { batch });
      await waymark.application.processors.caughtUp();
      return body;
    },
    async keepFor(periods: Record<string, number | null>) {
      const { body } = await get('/v1/privacy/policies');
      // A boundary: what the server answers.
      const { version, fields, consent, retention } = body.data as Record<string, object>;
      const policies = { version, fields, consent, retention: { ...retention, ...periods } };
      const { status } = await call('PUT', '/v1/privacy/policies', testAdminToken, policies);
      if (status !== 200) throw new Error(`the policies were answered ${status}`);
    },
    /** Runs what is due so many days from now, from where it was; `signal` stops it between two pieces of work. */
    async round(days = 0, signal = new AbortController().signal) {
      const { stores, application } = waymark;
      const now = () => Date.now() + days * day;
      await createRetention(stores, application, createLogger('silent'), now).runDue(signal);
      await application.processors.caughtUp();
    },
    async rebuilt(...names: string[]) {
      const { processors } = waymark.application;
      for (const name of names) await processors.rebuild(name);
      await processors.caughtUp();
    },
    /** Every stored document that can forget, by collection, as of now. */
    async documents(): Promise<Record<string, Document[]>> {
      const { processors } = waymark.application;
      await processors.advanceClock(Date.now());
      const all: Record<string, Document[]> = {};
      for (const { collection } of processors.forgetting()) {
        const stored = processors.liveCollection(collection);
        const { documents } = await waymark.stores.documentStore.find(stored, { limit: 500 });
        all[collection] = [...documents];
      }
      return all;
    },
    subjectOf: (userId: string) => waymark.application.subjectOf('default', 'user', userId),
  };
}

export type RetentionSide = Awaited<ReturnType<typeof openRetentionSide>>;

export function daysAgo(days: number): string {
  return new Date(Date.now() - days * day).toISOString();
}
