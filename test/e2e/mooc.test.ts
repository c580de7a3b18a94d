import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { countMoocEvents, type MoocCounts, moocLines, moocMissing } from '../support/moocCounts.js';
import { allIsDoneBy } from '../support/processorsBehind.js';
import { runProgram } from '../support/programRun.js';
import { startServerProcess, testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';

/** One small course: 27,035 events. */
const course = ['--courses', '645'];

interface List {
  readonly data: readonly { readonly userId: string }[];
  readonly nextCursor: string | null;
}

t.test(
  'a real course, imported both ways, is counted as it is in the file',
  { skip: moocMissing },
  async (t) => {
    const folder = testFolder(t);
    const file = join(folder, 'course.jsonl');
    const lines: string[] = [];
    for await (const line of moocLines(...course)) lines.push(line);
    writeFileSync(file, `${lines.join('\n')}\n`);
    const counts = await countMoocEvents(lines);
    t.ok(
      counts.events > 20_000,
      `${counts.events} events of ${counts.users} users in ${counts.sessions} sessions`,
    );

    await t.test('into the local store', async (t) => {
      const data = join(folder, 'local');
      await importTwice(t, ['import', file], data, counts.events);
      const server = await startServerProcess(data);
      t.teardown(() => server.stop());
      await checkCounts(t, server.url, counts);
    });

    await t.test('over HTTP', async (t) => {
      const server = await startServerProcess(join(folder, 'server'));
      t.teardown(() => server.stop());
      const parameters = ['import', file, '--url', server.url, '--key', testWriteKey];
      await importTwice(t, parameters, join(folder, 'client'), counts.events);
      await checkCounts(t, server.url, counts);
    });
  },
);

async function importTwice(t: Test, parameters: string[], data: string, events: number): Promise<void> {
  const first = await runProgram(parameters, data);
  t.equal(first.code, 0, first.errors);
  t.match(first.output, new RegExp(`received +${events}\naccepted +${events}\nduplicates +0\n`));
  const again = await runProgram(parameters, data);
  t.match(again.output, new RegExp(`received +${events}\naccepted +0\nduplicates +${events}\n`));
}

async function checkCounts(t: Test, url: string, counts: MoocCounts): Promise<void> {
  await allIsDoneBy(url);
  const users: string[] = [];
  let cursor = '';
  do {
    const page: List = await read(url, `/v1/profiles?limit=500${cursor}`);
    users.push(...page.data.map(({ userId }) => userId));
    cursor = page.nextCursor === null ? '' : `&cursor=${encodeURIComponent(page.nextCursor)}`;
  } while (cursor !== '');
  t.same(users.sort(), [...counts.sessionsOf.keys()].sort(), 'the same users');

  const window = 'from=2014-01-01T00:00:00Z&to=2014-12-31T00:00:00Z&interval=day';
  t.equal(await sum(url, `/v1/metrics/events?${window}`), counts.events, 'the same number of events');
  t.equal(await sum(url, `/v1/metrics/sessions?${window}`), counts.sessions, 'the same number of sessions');
  for (const userId of users.slice(0, 25)) {
    const { data }: List = await read(url, `/v1/profiles/${userId}/sessions?limit=500`);
    t.equal(data.length, counts.sessionsOf.get(userId), 'the same sessions of one user');
  }
}

interface Series {
  readonly points: readonly { readonly value: number }[];
}

async function sum(url: string, path: string): Promise<number> {
  const { data }: { data: { readonly series: readonly Series[] } } = await read(url, path);
  const points = data.series.flatMap((series) => series.points);
  return points.reduce((total, { value }) => total + value, 0);
}

async function read<T>(url: string, path: string): Promise<T> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${testAdminToken}` } });
  if (!response.ok) throw new Error(`GET ${path.split('?')[0]} answered ${response.status}`);
  return (await response.json()) as T;
}
