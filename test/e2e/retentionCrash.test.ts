import t from 'tap';
import { dieInRecovery, type Step } from '../support/dyingServer.js';
import { daysAgo } from '../support/retention.js';
import {
  type ServerProcess,
  startServerProcess,
  testAdminToken,
  testWriteKey,
} from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';

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

/** More than one page of work. */
const people = 120;

/** In their order: a round goes on as soon as a server has started. */
const steps: readonly Step[] = [
  'appended retention-round-begun.v1',
  'metadata',
  'putting retentionProgress',
  'appending retention-round-completed.v1',
];

t.test(
  'a round that is killed at each step is gone on with, and nothing past its period is left',
  async (t) => {
    const folder = testFolder(t);
    const first = await startServerProcess(folder);
    const batch = Array.from({ length: people }, (_, index) => ({
      ...{ type: 'track', userId: `u${index}`, event: 'Old', timestamp: daysAgo(50) },
    }));
    await call(first, 'POST', '/v1/batch', { batch }, testWriteKey);
    await call(first, 'POST', '/v1/track', { userId: 'ada', event: 'New' }, testWriteKey);
    const { version, fields, consent, retention } = (await call(first, 'GET', '/v1/privacy/policies'))
      .data as Record<string, object>;
    const policies = { version, fields, consent, retention: { ...retention, activity: 30 } };
    await call(first, 'PUT', '/v1/privacy/policies', policies);
    await first.stop();

    for (const step of steps) await dieInRecovery(folder, step);
    const last = await startServerProcess(folder);
    t.teardown(() => last.stop());
    let shown: Shown | undefined;
    const ended = async () => {
      shown = (await call(last, 'GET', '/v1/privacy/retention')).data as Shown;
      return shown.rounds.length > 0;
    };
    await until(ended, 'the round has ended', 60_000);
    t.match(shown, { running: null, rounds: { length: 1 } });
    t.ok((shown?.rounds[0]?.removed.journeys ?? 0) <= people);
    const left = async () => (await call(last, 'GET', '/v1/profiles?limit=500')).data as { userId: string }[];
    t.match(await left(), [{ userId: 'ada' }]);
    t.equal((await left()).length, 1);
  },
);
