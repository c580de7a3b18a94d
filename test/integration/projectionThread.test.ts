import type { Worker } from 'node:worker_threads';
import t from 'tap';
import type { JsonValue } from '../../src/domain/json.js';
import { sameReadModels } from '../support/sameReadModels.js';
import { testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';
import { startTestWaymark } from '../support/waymark.js';

t.setTimeout(120_000);

const profiles = 'profiles';

t.test('projections go on where they were when their thread dies, and can be rebuilt in it', async (t) => {
  const threads: Worker[] = [];
  const take = (thread: Worker) => void threads.push(thread);
  process.on('worker', take);
  t.teardown(() => process.off('worker', take));
  const waymark = await startTestWaymark(testFolder(t));
  t.teardown(() => waymark.stop());
  const { processors } = waymark.application;
  t.equal(threads.length, 1, 'on the embedded stores there is one thread beside this');

  async function send(messages: readonly JsonValue[]): Promise<void> {
    const answer = await fetch(`${waymark.url}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testWriteKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ batch: messages }),
    });
    t.match(await answer.json(), { accepted: messages.length });
  }
  const failed = (user: number, at: number) => ({
    ...{ type: 'track', event: 'Task Failed', userId: `user-${user}`, messageId: `${user}-${at}` },
    properties: { feature: 'quiz' },
  });
  const failures = (from: number, to: number) =>
    Array.from({ length: 20 }, (_, user) =>
      Array.from({ length: to - from }, (_, at) => failed(user, from + at)),
    ).flat();
  const stateOf = (name: string) => processors.statuses().find((each) => each.name === name)?.state;

  await send(failures(0, 3));
  t.ok(await processors.caughtUp());
  const before = processors.position(profiles);
  await threads[0]?.terminate();
  await until(() => stateOf(profiles) === 'failed', 'it shows that the thread is gone');
  // The way in needs no read model.
  await send(failures(3, 5));
  await until(() => threads.length === 2 && stateOf(profiles) === 'running', 'there is another thread');
  t.ok(await processors.caughtUp());
  t.not(processors.position(profiles), before);

  const live = processors.liveCollection(profiles);
  await processors.rebuild(profiles);
  t.ok(await processors.caughtUp());
  t.not(processors.liveCollection(profiles), live, 'the new build is served');
  await t.rejects(processors.rebuild('none'), { code: 'not-found' });
  await t.rejects(processors.retryParked(profiles, 'none'), { code: 'not-found' });

  await sameReadModels(t, waymark.stores.eventStore, waymark.stores.documentStore);
});
