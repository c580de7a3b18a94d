import { randomBytes } from 'node:crypto';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readReceipt } from '../../src/commands/erasureReceipt.js';
import { startWaymark, type Waymark } from '../../src/composition/waymark.js';
import { createLogger } from '../../src/http/logger.js';
import { type Canaries, canariesOf, found } from '../support/canaries.js';
import { eraseByRequest, requestConcluded, requestOf } from '../support/erasures.js';
import { runProgram } from '../support/programRun.js';
import { receiptOf } from '../support/receipts.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { testConfiguration } from '../support/waymark.js';

const newMark = () => randomBytes(6).toString('hex');

function eventsOf(person: Canaries) {
  const { userId, anonymousId, email, fullName, street, phone } = person;
  return [
    { type: 'page', anonymousId, name: 'Home', properties: { url: `https://shop.example/?email=${email}` } },
    {
      type: 'identify',
      userId,
      anonymousId,
      traits: { email, name: fullName, phone, address: { street }, plan: 'pro' },
    },
    { type: 'track', userId, event: 'Form Sent', properties: { contact: email, note: `call ${phone}` } },
    { type: 'track', userId, event: 'Quiz Failed', properties: { feature: 'quiz', error: 'E1' } },
    // Not valid, so it stands in the quarantine.
    { type: 'track', userId, traits: { email }, properties: { street } },
  ];
}

async function call(server: Waymark, method: string, path: string, body?: unknown, key = testAdminToken) {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

async function send(server: Waymark, events: unknown[]) {
  const { status, body } = await call(server, 'POST', '/v1/batch', { batch: events }, testWriteKey);
  if (status !== 200) throw new Error(`events were answered ${status}`);
  return body as { accepted: number; suppressed: number; position: string };
}

async function seen(server: Waymark, person: Canaries, position: string) {
  const profile = await call(server, 'GET', `/v1/profiles/${person.userId}?waitFor=${position}`);
  const journey = await call(server, 'GET', `/v1/profiles/${person.userId}/journey`);
  return JSON.stringify([profile.body.data, journey.body.data]);
}

t.test(
  'after an erasure nothing of a person is left, whatever is done then, and nobody else is touched',
  async (t) => {
    const folder = testFolder(t);
    const ledger = join(testFolder(t, { ledger: {} }), 'ledger', 'erasures.jsonl');
    const data = join(folder, 'data');
    const start = (dataFolder: string) =>
      startWaymark({ ...testConfiguration(dataFolder), erasureLedger: ledger }, createLogger('silent'));
    const [erased, other] = [canariesOf('erased', newMark()), canariesOf('other', newMark())];
    let server = await start(data);
    t.teardown(() => server.stop());

    await send(server, eventsOf(erased));
    const { position } = await send(server, eventsOf(other));
    t.match(await seen(server, erased, position), erased.email, 'who may see it sees it');
    const before = await seen(server, other, position);
    t.same(await found(data, erased), [], 'no clear value was ever stored');

    await server.stop();
    const backup = join(folder, 'backup');
    await cp(data, backup, { recursive: true });
    server = await start(data);

    const requestId = await eraseByRequest(server.url, erased.userId);
    t.equal(await requestConcluded(server.url, requestId), 'completed');
    const request = await requestOf(server.url, requestId);
    const { receipt, publicKey } = await receiptOf(request, server.url, testAdminToken);
    const statement = readReceipt(receipt, publicKey);
    t.match(statement, { requestId, verified: [{ holds: true }, { holds: true }, { holds: true }] });
    t.equal((statement.subjects as string[]).length, 2, 'the linked visitor goes along');
    const [file, keyFile] = [join(folder, 'receipt.json'), join(folder, 'key.pem')];
    const check = ['verify', '--receipt', file, '--public-key', keyFile];
    await writeFile(file, receipt);
    await writeFile(keyFile, publicKey);
    t.match(await runProgram(check, folder), { code: 0, output: new RegExp(requestId) });
    await writeFile(file, receipt.replace(/"erasedAt":"2/, '"erasedAt":"1'));
    t.match(await runProgram(check, folder), { code: 1, output: /signature does not fit/ });

    const gone = async (when: string) => {
      const profile = await call(server, 'GET', `/v1/profiles/${erased.userId}`);
      t.equal(profile.status, 404, when);
      const all = await call(server, 'GET', '/v1/profiles?limit=500');
      const inbox = await call(server, 'GET', '/v1/interventions?limit=500');
      const quarantine = await call(server, 'GET', '/v1/quarantine?limit=500');
      const shown = JSON.stringify([all.body, inbox.body, quarantine.body]);
      for (const value of Object.values(erased)) t.notOk(shown.includes(value), `${when}: not in an answer`);
      t.same(await found(data, erased), [], `${when}: not in a file`);
      t.equal(await seen(server, other, position), before, `${when}: the other person is as before`);
    };
    await gone('after the erasure');

    const late = await send(server, eventsOf(erased).slice(1, 4));
    t.match(late, { accepted: 0, suppressed: 3 }, 'late events are suppressed');
    await gone('after late events');

    for (const model of ['profiles', 'sessions', 'struggles', 'interventions', 'videos']) {
      t.equal((await call(server, 'POST', `/v1/processors/${model}/rebuild`)).status, 202);
    }
    const deadline = Date.now() + 30_000;
    for (;;) {
      const { body } = await call(server, 'GET', '/v1/processors');
      if (body.data.every(({ state }: { state: string }) => state === 'running')) break;
      if (Date.now() > deadline) throw new Error('the rebuild does not end');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await gone('after a rebuild');

    await server.stop();
    server = await start(data);
    await gone('after a restart');

    await server.stop();
    server = await start(backup);
    t.equal(
      (await call(server, 'GET', `/v1/profiles/${erased.userId}`)).status,
      404,
      'an old backup serves nothing',
    );
    t.match(await send(server, eventsOf(erased).slice(1, 4)), { accepted: 0, suppressed: 3 });
    t.equal(await seen(server, other, position), before, 'the other person is as before');
  },
);
