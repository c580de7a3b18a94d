import t, { type Test } from 'tap';
import { type DyingServer, dieInRecovery, type Step, startDyingServer } from '../support/dyingServer.js';
import { eraseByRequest, requestConcluded } from '../support/erasures.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';

/** Erased together. */
const people = 20;

/** In their order. What is killed while it recovers goes on behind the ledger in the start of the next process. */
const steps: readonly Step[] = [
  'appended privacy-request-started.v1',
  'appended erasure-begun.v1',
  'ledger',
  'keys',
  'tombstone',
  'deleting profiles',
  'appending person-erased.v1',
  'appended person-erased.v1',
];
const stepOfRecovery: Step = 'deleting profiles';

async function read({ url }: DyingServer, path: string) {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${testAdminToken}` } });
  return { status: response.status, text: await response.text() };
}

async function send({ url }: DyingServer, batch: readonly object[]) {
  const sent = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testWriteKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ batch }),
  });
  return (await sent.json()) as { accepted: number; suppressed: number; position: string };
}

const emailOf = (userId: string) => `${userId}@canary.example`;

/** People with visitors, read models and struggles. @returns who they are, when all of it can be read */
async function plant(t: Test, server: DyingServer, round: string): Promise<string[]> {
  const userIds = Array.from({ length: people }, (_, at) => `erased-${round}-${at}`);
  const batch = userIds.flatMap((userId) => [
    {
      ...{ type: 'identify', userId, anonymousId: `visitor-of-${userId}` },
      traits: { email: emailOf(userId) },
    },
    ...[1, 2, 3, 4].map((count) => ({
      ...{ type: 'track', event: 'Task Failed', userId, messageId: `${userId}-${count}` },
      properties: { feature: 'task', contact: emailOf(userId) },
    })),
  ]);
  const { position } = await send(server, batch);
  const [first = ''] = userIds;
  const journey = `/v1/profiles/${first}/journey?limit=5&waitFor=${position}`;
  t.match((await read(server, journey)).text, emailOf(first), `${round}: they are there`);
  return userIds;
}

async function erased(t: Test, server: DyingServer, round: string, requestIds: readonly string[]) {
  const statuses = new Set<unknown>();
  for (const requestId of requestIds) statuses.add(await requestConcluded(server.url, requestId));
  t.same([...statuses], ['completed'], `${round}: all of them`);
  t.same(
    JSON.parse((await read(server, '/v1/profiles?limit=500')).text).data,
    [],
    `${round}: nobody is left`,
  );
  t.notMatch((await read(server, '/v1/struggles?limit=500')).text, 'canary', `${round}: no struggle`);
}

async function staysErased(t: Test, server: DyingServer, round: string, userIds: readonly string[]) {
  const again = await send(
    server,
    userIds.flatMap((userId) => [
      { type: 'track', event: 'Back', userId },
      { type: 'track', event: 'Back', anonymousId: `visitor-of-${userId}` },
    ]),
  );
  t.match(again, { accepted: 0, suppressed: 2 * people }, `${round}: the visitors went along`);
}

t.test('erasures that are killed at any step are carried out in the end', async (t) => {
  const folder = testFolder(t);
  let server = await startDyingServer(folder);
  t.teardown(() => server.stop());
  for (const step of steps) {
    const userIds = await plant(t, server, step);
    await server.dieAt(step);
    const asked = await Promise.allSettled(userIds.map((userId) => eraseByRequest(server.url, userId)));
    await server.died;
    if (step === 'ledger') await dieInRecovery(folder, stepOfRecovery);
    server = await startDyingServer(folder);
    // Where the answer was lost with the server, whether it was recorded is not known.
    const requestIds = asked.map((answer, at) =>
      answer.status === 'fulfilled' ? answer.value : eraseByRequest(server.url, userIds[at] ?? ''),
    );
    await erased(t, server, step, await Promise.all(requestIds));
    await staysErased(t, server, step, userIds);
  }
});
