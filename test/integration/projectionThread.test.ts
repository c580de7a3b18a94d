import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import t from 'tap';
import type { JsonValue } from '../../src/domain/json.js';
import { ProjectionThread } from '../../src/processors/projectionThread.js';
import { keepBusy } from '../support/keepBusy.js';
import { nobody } from '../support/plainSealing.js';
import { sameReadModels } from '../support/sameReadModels.js';
import { startServerProcess, testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark } from '../support/waymark.js';

t.setTimeout(120_000);

const profiles = 'profiles';
const mortal = fileURLToPath(new URL('../support/mortalThreadServer.js', import.meta.url));

/** @returns the position of the last */
async function send(url: string, messages: readonly JsonValue[]): Promise<string> {
  const answer = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testWriteKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ batch: messages }),
  });
  const { accepted, position } = (await answer.json()) as { accepted: number; position: string };
  if (accepted !== messages.length) throw new Error(`only ${accepted} were accepted`);
  return position;
}

const failures = Array.from({ length: 60 }, (_, at) => ({
  ...{ type: 'track', event: 'Task Failed', userId: `user-${at % 20}`, messageId: `m${at}` },
  properties: { feature: 'quiz' },
}));

t.test(
  'on the embedded stores projections run, and are rebuilt, in one thread beside the others',
  async (t) => {
    const threads: Worker[] = [];
    const take = (thread: Worker) => void threads.push(thread);
    process.on('worker', take);
    t.teardown(() => process.off('worker', take));
    const waymark = await startTestWaymark(testFolder(t));
    t.teardown(() => waymark.stop());
    t.equal(threads.length, 1);
    const { processors } = waymark.application;

    await send(waymark.url, failures);
    t.ok(await processors.caughtUp());
    const live = processors.liveCollection(profiles);
    await processors.rebuild(profiles);
    t.ok(await processors.caughtUp());
    t.not(processors.liveCollection(profiles), live, 'the new build is served');
    await t.rejects(processors.rebuild('none'), { code: 'not-found' });
    await t.rejects(processors.retryParked(profiles, 'none'), { code: 'not-found' });

    await sameReadModels(t, waymark.stores.eventStore, waymark.stores.documentStore);
  },
);

t.test('the thread gives way while help comes late, and leaves nothing out', async (t) => {
  const waymark = await startTestWaymark(testFolder(t));
  t.teardown(() => waymark.stop());
  const { processors } = waymark.application;
  for (let round = 0; !processors.giveWay; round++) {
    await send(
      waymark.url,
      failures.map(({ userId, messageId, ...failure }) => ({
        ...failure,
        userId: `${userId}-${round}`,
        messageId: `${messageId}-${round}`,
      })),
    );
    // Nobody is helped meanwhile, since help is decided on this thread.
    keepBusy(400);
    await setImmediate();
  }
  const { eventStore, documentStore } = waymark.stores;
  // Until all help is given: each step records what the next one waits for.
  for (let before: bigint | undefined, head = await eventStore.head(); head?.commit !== before; ) {
    before = head?.commit;
    t.ok(await processors.caughtUp());
    head = await eventStore.head();
  }
  await sameReadModels(t, eventStore, documentStore);
});

t.test(
  'a server whose thread dies ends, says so, and serves everything when it is started again',
  async (t) => {
    const folder = testFolder(t);
    const server = await startServerProcess(folder, {}, [mortal, 'serve']);
    await send(server.url, failures);
    // Its last line may still be in the pipe when it has exited.
    const ended = once(server.process, 'close');
    server.process.send('die');
    t.strictSame(await ended, [null, 'SIGKILL']);
    t.match(server.output(), /projection-thread-ended.*start it again/);

    const again = await startServerProcess(folder);
    t.teardown(() => again.stop());
    const last = { type: 'track', event: 'Lesson Opened', userId: 'user-0', messageId: 'last' };
    const position = await send(again.url, [last]);
    const read = await fetch(`${again.url}/v1/profiles/user-0?waitFor=${position}`, {
      headers: { authorization: `Bearer ${testAdminToken}` },
    });
    t.equal(read.status, 200, await read.text());
  },
);

/** A thread that dies when it is called so. */
function frailThread(method: string) {
  const deaths: Error[] = [];
  const thread = new ProjectionThread({
    projections: [],
    script: new URL('../support/frailThread.js', import.meta.url),
    start: { workerData: method },
    needs: {
      readStream: () => Promise.reject(new Error('nobody reads')),
      dropCollection: async () => undefined,
    },
    erasedPersons: nobody,
    pastPeriods: () => [],
    refresh: () => undefined,
    onDeath: (error) => deaths.push(error),
    logger: { warn: () => undefined },
  });
  return { thread, deaths };
}

t.test('a thread that dies at its start keeps nobody waiting', async (t) => {
  const { thread, deaths } = frailThread('start');
  await t.rejects(thread.start(), { code: 'projection-thread-ended' });
  await thread.stop();
  t.strictSame(deaths, [], 'whoever started it knows');
});

t.test(
  'a thread that dies later is told of once, and nothing that it was asked stays without an answer',
  async (t) => {
    const { thread, deaths } = frailThread('rebuild');
    await thread.start();
    const purged = thread.purge('default', ['s']);
    await t.rejects(thread.rebuild(profiles), { code: 'projection-thread-ended' });
    await purged;
    await t.rejects(thread.rebuild(profiles), { code: 'projection-thread-ended' });
    t.match(deaths, [{ code: 'projection-thread-ended' }]);
  },
);

t.test('a thread that is stopped did not die', async (t) => {
  const { thread, deaths } = frailThread('none');
  await thread.start();
  await thread.stop();
  await t.rejects(thread.rebuild(profiles), { code: 'conflict' });
  t.equal(await thread.caughtUp(undefined), 'read-model-behind');
  t.strictSame(deaths, []);
});
