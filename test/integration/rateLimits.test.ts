import t, { type Test } from 'tap';
import { startWaymark } from '../../src/composition/waymark.js';
import type { Configuration } from '../../src/config.js';
import { createLogger } from '../../src/http/logger.js';
import { noRedis, startRedisServer } from '../support/redisServer.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';
import { testConfiguration } from '../support/waymark.js';

/** So slow that no token comes back while a test runs; at most two at once. */
const rates = { ingestion: 0.001, reads: 0.001 };

async function start(t: Test, changes: Partial<Configuration>, folder = testFolder(t)) {
  const configuration = { ...testConfiguration(folder), ...changes };
  const waymark = await startWaymark(configuration, createLogger('silent'));
  t.teardown(() => waymark.stop());
  const post = (headers: Record<string, string>, body: object = {}) =>
    fetch(`${waymark.url}/v1/track`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ userId: 'ada', event: 'Deed', ...body }),
    });
  const get = (path: string, headers = { authorization: `Bearer ${testAdminToken}` }) =>
    fetch(`${waymark.url}${path}`, { headers });
  return { post, get };
}

const withKey = { 'x-write-key': testWriteKey };

t.test('a key that has made all its requests is told when to come back', async (t) => {
  const { post, get } = await start(t, { requestRates: rates });
  t.equal((await post(withKey)).status, 200);
  const refused = await post(withKey);
  t.equal(refused.status, 429);
  t.ok(Number(refused.headers.get('retry-after')) > 100);
  t.match(await refused.json(), { code: 'rate-limited', status: 429 });
  t.equal((await post({}, { writeKey: testWriteKey })).status, 429, 'also where the key is in the body');
  t.equal((await get('/v1/struggles')).status, 200, 'other keys have their own');
  t.equal((await get('/v1/struggles')).status, 429);
  t.equal((await get('/readyz')).status, 200, 'nobody is asked for a key here');
  t.equal((await post({}, { writeKey: 'wrong' })).status, 401);
});

t.test('without rates there are no limits', async (t) => {
  const { post } = await start(t, {});
  for (let at = 0; at < 10; at++) t.equal((await post(withKey)).status, 200);
});

t.test(
  'on Redis limits are those of all instances; without it each has its own',
  { skip: noRedis ?? false },
  async (t) => {
    const server = await startRedisServer();
    t.teardown(() => server.stop());
    const changes = { requestRates: { ingestion: 0.001, reads: undefined }, redisUrl: server.url };
    const folder = testFolder(t, { one: {}, other: {} });
    const one = await start(t, changes, `${folder}/one`);
    const other = await start(t, changes, `${folder}/other`);
    for (const { get } of [one, other])
      await until(async () => isReady(await get('/readyz')), 'Redis is there');
    t.equal((await one.post(withKey)).status, 200);
    t.equal((await other.post(withKey)).status, 429);
    await server.kill();
    t.equal((await other.post(withKey)).status, 200, 'nobody is refused because of Redis');
    const answer = await other.get('/readyz');
    t.equal(answer.status, 200);
    t.match(await answer.json(), {
      status: 'ready',
      dependencies: [
        { name: 'event-store' },
        { name: 'document-store' },
        { name: 'redis', ready: false },
        {},
      ],
    });
  },
);

async function isReady(answer: Response): Promise<boolean> {
  const { dependencies } = (await answer.json()) as { dependencies: { ready: boolean }[] };
  return dependencies.every(({ ready }) => ready);
}
