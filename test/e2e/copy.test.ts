import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import t from 'tap';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import type { EventStore } from '../../src/eventStore/eventStore.js';
import { EventStoreDbEventStore } from '../../src/integrations/eventstoredb/eventStoreDbEventStore.js';
import { startEventStoreDbProcess } from '../support/eventstoredb/serverProcess.js';
import { runProgram } from '../support/programRun.js';
import { seededRandom } from '../support/seededRandom.js';
import { startServerProcess, testAdminToken } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';

const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const seed = Number(process.env.SEED ?? randomInt(1_000_000_000));
const random = seededRandom(seed);
const people = 25;
const lines = Array.from({ length: 700 }, (_, n) =>
  JSON.stringify({
    type: 'track',
    event: ['Exercise Attempted', 'Exercise Failed', 'Lesson Opened'][n % 3],
    userId: `user-${random(people)}`,
    messageId: `m-${n}`,
    properties: { feature: `feature-${n % 4}`, email: `user-${n % people}@example.org` },
    timestamp: new Date(Date.parse('2026-01-05T08:00:00Z') + n * 1000).toISOString(),
    sentAt: '2026-01-05T09:00:00Z',
  }),
);

interface Place {
  readonly id: string;
  readonly streamName: string;
  readonly revision: bigint;
}

type From = Parameters<EventStore['readAll']>[0]['from'];

/** What is not the store's own, page by page, and where it ends. */
async function placesAfter(store: EventStore, start: From): Promise<{ places: Place[]; end: From }> {
  const places: Place[] = [];
  for (let end = start; ; ) {
    const slice = await store.readAll({ from: end, maxCount: 1000 });
    for (const { id, streamName, revision, type } of slice.events) {
      if (!type.startsWith('$')) places.push({ id, streamName, revision });
    }
    end = slice.next ?? end;
    if (slice.atEnd) return { places, end };
  }
}

const placesIn = async (store: EventStore) => (await placesAfter(store, 'start')).places;

function openFolder(data: string): Promise<EventStore> {
  return openEmbeddedEventStore({ folder: join(data, 'events'), clock: Date.now });
}

async function profilesOf(data: string): Promise<unknown> {
  const server = await startServerProcess(data);
  try {
    const headers = { authorization: `Bearer ${testAdminToken}` };
    for (const deadline = Date.now() + 30_000; ; await wait(20)) {
      const ready = await fetch(`${server.url}/readyz`);
      const processors = await (await fetch(`${server.url}/v1/processors`, { headers })).json();
      const isBehind = JSON.stringify(processors).includes('"behind":true');
      if (ready.status === 200 && !isBehind) break;
      if (Date.now() > deadline) throw new Error('the read models did not catch up within 30 s');
    }
    const answer = await fetch(`${server.url}/v1/profiles?limit=500`, { headers });
    const { data: profiles } = (await answer.json()) as { data: { userId: string }[] };
    return profiles.sort((a, b) => a.userId.localeCompare(b.userId));
  } finally {
    await server.stop();
  }
}

t.test(
  `to EventStoreDB, killed again and again, and back (SEED=${seed})`,
  { timeout: 170_000 },
  async (t) => {
    const folder = testFolder(t);
    const data = join(folder, 'data');
    const file = join(folder, 'events.jsonl');
    writeFileSync(file, lines.join('\n'));
    t.equal((await runProgram(['import', file], data)).code, 0);

    // What is recorded until now is signed when it stops, and the signature kept outside.
    const anchor = join(folder, 'heads.jsonl');
    const signing = await startServerProcess(data, { WAYMARK_AUDIT_ANCHOR: pathToFileURL(anchor).href });
    await signing.stop();

    const local = await openFolder(data);
    const written = await placesIn(local);
    const journeys = [...new Set(written.map(({ streamName }) => streamName))].filter((name) =>
      name.startsWith('journey-'),
    );
    const [closed = '', deleted = '', shortened = ''] = journeys;
    await local.tombstoneStream(closed, 'any');
    await local.deleteStream(deleted, 'any');
    await local.setStreamMetadata(shortened, { truncateBefore: 2n });
    await local.close();

    const server = await startEventStoreDbProcess(join(folder, 'eventstoredb'));
    t.teardown(() => server.stop());
    const remote = new EventStoreDbEventStore({ url: server.url });
    t.teardown(() => remote.close());

    let kills = 0;
    for (let round = 0; round < 3; round++) {
      const copying = spawn(process.execPath, [program, 'copy', '--to', server.url], {
        stdio: 'ignore',
        env: { PATH: process.env.PATH, WAYMARK_DATA: data, LOG_LEVEL: 'warn' },
      });
      const exited = once(copying, 'exit');
      let isOver = false;
      void exited.then(() => {
        isOver = true;
      });
      let { end } = await placesAfter(remote, 'start');
      for (let arrived = 0, enough = 1 + random(60); !isOver && arrived < enough; await wait(5)) {
        const more = await placesAfter(remote, end);
        end = more.end;
        arrived += more.places.length;
      }
      copying.kill('SIGKILL');
      const [, signal] = await exited;
      if (signal === 'SIGKILL') kills += 1;
    }
    t.ok(kills > 0, 'kills came while it was copying');

    const finished = await runProgram(['copy', '--to', server.url], data);
    t.equal(finished.code, 0, finished.output + finished.errors);
    t.match(finished.output, `compared  ${written.length} events in `);
    t.match(finished.output, 'the same, in the same order');
    t.strictSame(await placesIn(remote), written, 'each event once, in the order of the source');
    await t.rejects(remote.readStream(closed, { maxCount: 1 }), { code: 'stream-deleted' });
    t.equal((await remote.readStream(deleted, { maxCount: 1 })).exists, false);
    t.equal((await remote.readStream(shortened, { maxCount: 1 })).events[0]?.revision, 2n);

    const again = await runProgram(['copy', '--to', server.url], data);
    t.equal(again.code, 0, again.errors);
    t.match(again.output, /copied +0 events/);

    const back = join(folder, 'back');
    const returned = await runProgram(['copy', '--from', server.url], back);
    t.equal(returned.code, 0, returned.output + returned.errors);
    for (const name of readdirSync(data)) {
      if (!['events', 'documents', 'copies', 'lock.sock'].includes(name)) {
        cpSync(join(data, name), join(back, name), { recursive: true });
      }
    }
    t.strictSame(await profilesOf(back), await profilesOf(data), 'read models made anew are the same');
    const verified = await runProgram(['verify'], back);
    t.equal(verified.code, 0, verified.output + verified.errors);
    const audited = await runProgram(['verify', '--audit', '--anchor', anchor], back);
    t.equal(audited.code, 0, audited.output + audited.errors);
    t.match(audited.output, /[1-9]\d* anchored/);
  },
);

t.test('what cannot be copied is said in a line', async (t) => {
  const folder = testFolder(t);
  const empty = await runProgram(['copy', '--to', 'esdb://127.0.0.1:1?tls=false'], join(folder, 'none'));
  t.equal(empty.code, 1);
  t.match(empty.errors, /There is no Waymark data in /);

  const data = join(folder, 'data');
  writeFileSync(join(folder, 'one.jsonl'), lines[0] ?? '');
  t.equal((await runProgram(['import', join(folder, 'one.jsonl')], data)).code, 0);
  const refused = await runProgram(['copy', '--to', 'esdb://127.0.0.1:1?tls=false'], data);
  t.equal(refused.code, 1);
  t.equal(refused.output, '');
  t.equal(refused.errors.trim().split('\n').length, 1, refused.errors);

  const server = await startEventStoreDbProcess(join(folder, 'eventstoredb'));
  t.teardown(() => server.stop());
  const remote = new EventStoreDbEventStore({ url: server.url });
  await remote.appendToStream(
    'somebody-elses',
    [{ id: '3c1f7a52-0c0e-4b0a-9d3a-6d2f3c0b1a11', type: 'other.v1', data: {}, metadata: {} }],
    'noStream',
  );
  await remote.close();
  const conflict = await runProgram(['copy', '--to', server.url], data);
  t.equal(conflict.code, 1);
  t.match(conflict.errors, /The target holds events that are not in the source/);

  t.equal((await runProgram(['copy'], data)).code, 2);
  t.equal((await runProgram(['copy', '--to', 'a', '--from', 'b'], data)).code, 2);
  const wrong = await runProgram(['copy', '--to', 'http://127.0.0.1:1'], data);
  t.equal(wrong.code, 1, wrong.errors);
});
