import t from 'tap';
import { openRedisSharedState } from '../../src/integrations/redis/redisSharedState.js';
import type { SharedState } from '../../src/sharedState/sharedState.js';
import { instancesOn } from '../support/instances.js';
import {
  appendSome,
  caughtUp,
  documentsOf,
  fromScratch,
  manyInstances,
  projectionsOf,
} from '../support/manyInstances.js';
import { openRig } from '../support/processorRig.js';
import { noRedis, startRedisServer } from '../support/redisServer.js';
import { seededRandom } from '../support/seededRandom.js';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

t.test('on Redis', { skip: noRedis ?? false }, async (t) => {
  const server = await startRedisServer();
  const opened: SharedState[] = [];
  t.teardown(async () => {
    await Promise.all(opened.map((state) => state.close()));
    await server.stop();
  });
  let installation = 0;
  t.beforeEach(async () => {
    installation += 1;
  });
  const open = () => {
    const state = openRedisSharedState({ url: server.url, prefix: `test${installation}` });
    opened.push(state);
    return state;
  };
  manyInstances(t, open);

  t.test('while Redis is away everything goes on where it is, and is shared again afterwards', async (t) => {
    const random = seededRandom(seed + 4);
    const rig = await openRig(t);
    const projections = projectionsOf(4);
    const instance = instancesOn(rig, open);
    const [one, two] = [1, 2].map(() => instance({ projections, reactors: [] }));
    if (one === undefined || two === undefined) return;
    await one.start();
    await two.start();
    await rig.until(() => one.runs().length === 2 && two.runs().length === 2, 'two each');
    await server.kill();
    await appendSome(rig, random, 100);
    for (const each of [one, two]) await caughtUp(rig, each, projections);
    t.equal(one.runs().length + two.runs().length, 4);
    await server.start();
    await appendSome(rig, random, 100);
    await two.stop();
    await rig.until(() => one.runs().length === 4, 'the one that is left has all');
    await caughtUp(rig, one, projections);
    t.equal(await documentsOf(rig, one.processors, projections), await fromScratch(t, rig, projections));
    await one.stop();
  });
});
