import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { openEmbeddedSharedState } from '../../src/integrations/embedded/embeddedSharedState.js';
import { openRedisSharedState } from '../../src/integrations/redis/redisSharedState.js';
import { limitsThatFallBack, turnsThatFallBack } from '../../src/sharedState/fallBack.js';
import { type SharedState, SharedStateUnavailable } from '../../src/sharedState/sharedState.js';
import { sharedStateContract } from '../contracts/sharedState.js';
import { noRedis, startRedisServer } from '../support/redisServer.js';
import { until } from '../support/until.js';

const times = { command: 300, connect: 300, silence: 500 };

/** Closed with the test; connected. */
async function connected(t: Test, url: string): Promise<SharedState> {
  const state = openRedisSharedState({ url, times });
  t.teardown(() => state.close());
  await until(() => reachable(state), 'Redis is connected');
  return state;
}

function reachable(state: SharedState): Promise<boolean> {
  return state.check().then(
    () => true,
    () => false,
  );
}

t.test(
  'on the server that REDIS_URL names',
  { skip: process.env.REDIS_URL ? false : 'REDIS_URL is not set' },
  async (t) => {
    sharedStateContract(t, 'Redis', (t) => connected(t, process.env.REDIS_URL ?? ''));
  },
);

t.test('on a redis-server of its own', { skip: noRedis ?? false }, async (t) => {
  const server = await startRedisServer();
  t.teardown(() => server.stop());
  sharedStateContract(t, 'Redis', (t) => connected(t, server.url));

  t.test('a restart that loses everything: tokens still grow, topics are heard again', async (t) => {
    const state = await connected(t, server.url);
    const heard: string[] = [];
    state.subscribe('restarts', (message) => heard.push(message));
    const before = await state.acquireLease('restarted', 60_000);
    await server.restart();
    await until(() => reachable(state), 'Redis is back');
    const after = await state.acquireLease('restarted', 60_000);
    t.ok(before !== undefined && after !== undefined && after.token > before.token);
    if (before !== undefined) t.equal(await state.renewLease(before, 60_000), false);
    await until(async () => {
      await state.publish('restarts', 'again');
      return heard.length > 0;
    }, 'the topic is heard again');
  });

  t.test('a turn is one instance’s until it is given back', async (t) => {
    const one = turnsThatFallBack(await connected(t, server.url));
    const other = turnsThatFallBack(await connected(t, server.url));
    const end = await one('analysis', 60_000);
    t.ok(end);
    t.equal(await other('analysis', 60_000), undefined);
    end?.();
    await until(async () => (await other('analysis', 60_000)) !== undefined, 'the other has it');
  });

  t.test('after such a restart whoever held a lease goes on', async (t) => {
    const state = await connected(t, server.url);
    const lease = await state.acquireLease('kept', 60_000);
    await server.restart();
    await until(() => reachable(state), 'Redis is back');
    t.ok(lease !== undefined && (await state.renewLease(lease, 60_000)));
    t.equal(await state.acquireLease('kept', 60_000), undefined);
  });

  t.test(
    'while it is silent everything fails in bounded time, then at once; then it is there again',
    async (t) => {
      const state = await connected(t, server.url);
      const heard: string[] = [];
      state.subscribe('silence', (message) => heard.push(message));
      server.pause();
      const ends = Promise.all(
        Array.from({ length: 50 }, () =>
          state.takeTokens('silent', { perSecond: 1, burst: 1 }).then(() => 'taken', codeOf),
        ),
      );
      t.same(new Set(await ends), new Set(['shared-state-unavailable']));
      server.resume();
      await until(() => reachable(state), 'Redis answers again');
      await until(async () => {
        await state.publish('silence', 'is over');
        return heard.length > 0;
      }, 'the topic is heard again');
    },
  );
});

t.test('a server that accepts and says nothing is given up and asked anew', async (t) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const state = openRedisSharedState({ url: `redis://127.0.0.1:${port}`, times });
  t.teardown(async () => {
    await state.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await until(() => sockets.length >= 6, 'it has connected a third time, for commands and to listen');
  await t.rejects(state.acquireLease('any', 1000), { code: 'shared-state-unavailable' });
});

t.test('limits are this process’s own while Redis is away', async (t) => {
  const state = openRedisSharedState({ url: 'redis://127.0.0.1:1', times });
  t.teardown(() => state.close());
  const take = limitsThatFallBack(state, openEmbeddedSharedState(), () => performance.now());
  const limit = { perSecond: 0.01, burst: 3 };
  const taken = [];
  for (let at = 0; at < 5; at++) taken.push((await take('key', limit)).allowed);
  t.strictSame(taken, [true, true, true, false, false]);
  await t.rejects(state.check(), { code: 'shared-state-unavailable' });
});

t.test('everybody has their turn while Redis is away', async (t) => {
  const state = openRedisSharedState({ url: 'redis://127.0.0.1:1', times });
  t.teardown(() => state.close());
  const take = turnsThatFallBack(state);
  const [one, other] = [await take('analysis', 1000), await take('analysis', 1000)];
  t.ok(one !== undefined && other !== undefined);
  one?.();
});

function codeOf(error: unknown): unknown {
  return error instanceof SharedStateUnavailable ? error.code : error;
}
