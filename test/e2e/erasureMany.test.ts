import { join } from 'node:path';
import t from 'tap';
import { readReceipt } from '../../src/commands/erasureReceipt.js';
import { allConcluded, eraseAllByRequest, requestConcluded, requestOf } from '../support/erasures.js';
import { receiptOf } from '../support/receipts.js';
import { startServerProcess, testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';

/** 10,000 take minutes; how long they take is measured with as many. */
const persons = Number(process.env.ERASURES ?? 1000);

t.test('thousands that are queued at once are erased while events come in', async (t) => {
  const folder = testFolder(t);
  const ledger = join(testFolder(t, { ledger: {} }), 'ledger', 'erasures.jsonl');
  const server = await startServerProcess(folder, { WAYMARK_ERASURE_LEDGER: ledger });
  t.teardown(() => server.stop());
  const send = async (batch: readonly object[]) => {
    const response = await fetch(`${server.url}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testWriteKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ batch }),
    });
    t.equal(response.status, 200);
    return (await response.json()) as { accepted: number; suppressed: number; position: string };
  };
  const read = async (path: string) => {
    const response = await fetch(server.url + path, {
      headers: { authorization: `Bearer ${testAdminToken}` },
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const gone = Array.from({ length: persons }, (_, at) => `gone-person-${at}`);
  for (let from = 0; from < persons; from += 100) {
    await send(
      gone.slice(from, from + 100).flatMap((userId) => [
        {
          type: 'identify',
          userId,
          anonymousId: `visitor-of-${userId}`,
          traits: { email: `${userId}@example.com` },
        },
        { type: 'track', userId, event: 'Lesson Opened' },
      ]),
    );
  }

  let pumping = true;
  let kept = 0;
  const pump = (async () => {
    while (pumping) {
      const batch = Array.from({ length: 50 }, (_, at) => ({
        ...{ type: 'track', userId: `kept-person-${at}`, event: 'Lesson Opened' },
        messageId: `${kept}-${at}`,
      }));
      kept += (await send(batch)).accepted;
    }
  })();
  const requestIds = await eraseAllByRequest(server.url, gone);
  const before = kept;
  // Long, since a machine may be busy; how long it takes is measured elsewhere.
  await allConcluded(server.url, 120_000 + 60 * persons);
  pumping = false;
  await pump;
  t.ok(kept > before, 'events were taken meanwhile');
  t.equal(kept % 50, 0, 'all of them');

  const statuses = new Set<unknown>();
  for (const requestId of requestIds) statuses.add(await requestConcluded(server.url, requestId));
  t.same([...statuses], ['completed']);
  for (const at of [0, 1, persons >> 1, persons - 1]) {
    const requestId = requestIds[at] ?? '';
    const { receipt, publicKey } = await receiptOf(
      await requestOf(server.url, requestId),
      server.url,
      testAdminToken,
    );
    const statement = readReceipt(receipt, publicKey);
    t.match(statement, { requestId, verified: [{ holds: true }, { holds: true }, { holds: true }] });
    t.equal((statement.subjects as string[]).length, 2, 'each with the visitor they were');
    t.equal((await read(`/v1/profiles/${gone[at]}`)).status, 404);
  }
  const { accepted, suppressed, position } = await send(
    gone.slice(0, 100).map((userId) => ({ type: 'track', userId, event: 'Lesson Opened' })),
  );
  t.same({ accepted, suppressed }, { accepted: 0, suppressed: 100 });
  const person = await read(`/v1/profiles/kept-person-7?waitFor=${position}`);
  t.equal(person.status, 200);
  const all = await read('/v1/profiles?limit=100');
  t.equal(all.body.data.length, 50, 'those who stay, and nobody else');
});
