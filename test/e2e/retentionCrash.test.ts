import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { daysAgo } from '../support/retention.js';
import {
  type ServerProcess,
  startServerProcess,
  testAdminToken,
  testWriteKey,
} from '../support/serverProcess.js';

async function call(
  { url }: ServerProcess,
  method: string,
  path: string,
  body?: object,
  key = testAdminToken,
) {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  // A boundary: what the server answers.
  return (await answer.json()) as { data: never; position: string };
}

interface Shown {
  readonly running: object | null;
  readonly rounds: readonly { readonly removed: { readonly journeys: number } }[];
}

const people = 400;

t.test(
  'a round that is killed at any moment is gone on with, and nothing past its period is left',
  async (t) => {
    const folder = t.testdir();
    const first = await startServerProcess(folder);
    for (let from = 0; from < people; from += 100) {
      const batch = Array.from({ length: 100 }, (_, index) => ({
        ...{ type: 'track', userId: `u${from + index}`, event: 'Old', timestamp: daysAgo(50) },
      }));
      await call(first, 'POST', '/v1/batch', { batch }, testWriteKey);
    }
    await call(first, 'POST', '/v1/track', { userId: 'ada', event: 'New' }, testWriteKey);
    const { version, fields, consent, retention } = (await call(first, 'GET', '/v1/privacy/policies'))
      .data as Record<string, object>;
    const policies = { version, fields, consent, retention: { ...retention, activity: 30 } };
    await call(first, 'PUT', '/v1/privacy/policies', policies);
    await first.stop();

    const waits = [20, 60, 120, 200];
    for (const wait of waits) {
      // A round begins, or goes on, as soon as a server has started.
      const server = await startServerProcess(folder);
      await setTimeout(wait);
      await server.kill();
    }
    const last = await startServerProcess(folder);
    t.teardown(() => last.stop());
    const deadline = Date.now() + 60_000;
    let shown: Shown;
    for (;;) {
      shown = (await call(last, 'GET', '/v1/privacy/retention')).data;
      if (shown.rounds.length > 0 || Date.now() > deadline) break;
      await setTimeout(50);
    }
    t.match(shown, { running: null, rounds: { length: 1 } });
    t.ok((shown.rounds[0]?.removed.journeys ?? 0) <= people);
    const left = async () => (await call(last, 'GET', '/v1/profiles?limit=500')).data as { userId: string }[];
    t.match(await left(), [{ userId: 'ada' }]);
    t.equal((await left()).length, 1);
  },
);
