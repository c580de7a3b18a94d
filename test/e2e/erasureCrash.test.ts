import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { eraseAllByRequest, eraseByRequest, requestConcluded } from '../support/erasures.js';
import { seededRandom } from '../support/seededRandom.js';
import { startServerProcess, testAdminToken, testWriteKey } from '../support/serverProcess.js';

const rounds = 6;
const roundsOfMany = 3;
const seed = Number(process.env.SEED ?? Date.now());

async function read(url: string, path: string) {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${testAdminToken}` } });
  return { status: response.status, text: await response.text() };
}

t.test(`an erasure that is killed at any moment is carried out in the end (SEED=${seed})`, async (t) => {
  const random = seededRandom(seed);
  const folder = t.testdir();
  let server = await startServerProcess(folder);
  t.teardown(() => server.stop());
  for (let round = 0; round < rounds; round++) {
    const userId = `erased-person-${round}`;
    const email = `${userId}@canary.example`;
    const events = Array.from({ length: 300 }, (_, at) => ({
      ...{ type: 'track', event: 'Task Failed', userId, messageId: `${round}-${at}` },
      properties: { feature: `f${at % 20}`, contact: email },
    }));
    const sent = await fetch(`${server.url}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testWriteKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ batch: events }),
    });
    const { position } = (await sent.json()) as { position: string };
    t.match(
      (await read(server.url, `/v1/profiles/${userId}/journey?limit=5&waitFor=${position}`)).text,
      email,
    );

    const requestId = await eraseByRequest(server.url, userId);
    // The work begins within a second of the request; the moment is what the seed decides.
    await pause(random(1500));
    await server.kill();
    server = await startServerProcess(folder);
    t.equal(await requestConcluded(server.url, requestId), 'completed', `round ${round}`);
    t.equal((await read(server.url, `/v1/profiles/${userId}`)).status, 404, `round ${round}: no profile`);
    t.notMatch(
      (await read(server.url, `/v1/struggles?limit=500`)).text,
      email,
      `round ${round}: no struggle`,
    );
  }
});

t.test(`so are many that are killed together, at whatever step (SEED=${seed})`, async (t) => {
  const random = seededRandom(seed + 1);
  const folder = t.testdir();
  let server = await startServerProcess(folder);
  t.teardown(() => server.stop());
  const send = async (batch: readonly object[]) => {
    const sent = await fetch(`${server.url}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testWriteKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ batch }),
    });
    return (await sent.json()) as { accepted: number; suppressed: number };
  };
  for (let round = 0; round < roundsOfMany; round++) {
    const userIds = Array.from({ length: 100 }, (_, at) => `erased-${round}-${at}`);
    await send(
      userIds.map((userId) => ({
        ...{ type: 'identify', userId, anonymousId: `visitor-of-${userId}` },
        traits: { email: `${userId}@canary.example` },
      })),
    );
    const requestIds = await eraseAllByRequest(server.url, userIds);
    // Again and again, so that what was done twice is done a third time.
    for (let kills = 1 + random(3); kills > 0; kills--) {
      await pause(random(700));
      await server.kill();
      server = await startServerProcess(folder);
    }
    for (const requestId of requestIds) {
      t.equal(await requestConcluded(server.url, requestId), 'completed', `round ${round}: ${requestId}`);
    }
    const again = await send(
      userIds.flatMap((userId) => [
        { type: 'track', event: 'Back', userId },
        { type: 'track', event: 'Back', anonymousId: `visitor-of-${userId}` },
      ]),
    );
    t.match(again, { accepted: 0, suppressed: 200 }, `round ${round}: the visitors went along`);
  }
  const { text } = await read(server.url, '/v1/profiles?limit=500');
  t.same(JSON.parse(text).data, [], 'nobody is left');
});
