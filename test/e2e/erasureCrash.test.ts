import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { eraseByRequest, requestConcluded } from '../support/erasures.js';
import { seededRandom } from '../support/seededRandom.js';
import { startServerProcess, testAdminToken, testWriteKey } from '../support/serverProcess.js';

const rounds = 6;
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
