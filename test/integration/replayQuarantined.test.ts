import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createIngestionLog } from '../../src/commands/ingestionLog.js';
import { journeyStreamName } from '../../src/domain/journey/streamName.js';
import { Sealing } from '../../src/keyStore/sealing.js';
import { eraseByRequest, requestConcluded } from '../support/erasures.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark } from '../support/waymark.js';

interface Listed {
  readonly data: readonly { readonly id: string; readonly code: string; readonly status: string }[];
}

t.test('quarantined messages are sent again', async (t) => {
  const waymark = await startTestWaymark(testFolder(t));
  t.teardown(() => waymark.stop());
  const authorization = `Bearer ${testAdminToken}`;
  const request = async (path: string, method = 'GET') => {
    const response = await fetch(waymark.url + path, { method, headers: { authorization } });
    return { status: response.status, body: (await response.json()) as never };
  };
  const listed = async (position: string): Promise<Listed['data']> =>
    ((await request(`/v1/quarantine?waitFor=${position}`)).body as Listed).data;

  await t.test('one that is still not valid stays, and says why', async (t) => {
    const response = await fetch(`${waymark.url}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testWriteKey}` },
      body: JSON.stringify({ batch: [{ type: 'track', event: 'No Person' }] }),
    });
    const { rejected, position } = (await response.json()) as {
      rejected: { code: string }[];
      position: string;
    };
    const [entry] = await listed(position);
    t.match(entry, { code: rejected[0]?.code, status: 'quarantined' });
    const { status, body } = await request(`/v1/quarantine/${entry?.id}/replay`, 'POST');
    t.equal(status, 200);
    t.match(body, { data: { accepted: false, rejection: { code: rejected[0]?.code } } });
    const { position: after } = (body as { data: { position: string } }).data;
    t.match(await listed(after), [{ id: entry?.id, status: 'rejected-again' }]);
  });

  await t.test('one that is valid by now is accepted, as of the time it came', async (t) => {
    const { eventStore } = waymark.stores;
    const log = createIngestionLog({ eventStore, instanceId: randomUUID(), newId: randomUUID });
    const quarantineId = randomUUID();
    const payload = JSON.stringify({
      type: 'track',
      event: 'Lesson Opened',
      userId: 'ada',
      messageId: 'once',
    });
    const sealer = await new Sealing(waymark.stores.keyStore).sealerOf('default', 'a'.repeat(32));
    const message = {
      ...{ quarantineId, messageId: 'once', code: 'old-rule', reason: 'an old rule' },
      payload: sealer?.seal(quarantineId, 'payload', payload) ?? '',
    };
    const cause = { correlationId: 'test', recordedAt: Date.now() - 60_000, source: 'segment' };
    const rejected = await log.record(
      'default',
      [{ type: 'MessagesRejected', data: { messages: [message] } }],
      cause,
    );
    await listed(rejected.commit.toString());

    const { body } = await request(`/v1/quarantine/${quarantineId}/replay`, 'POST');
    t.match(body, { data: { accepted: true, rejection: null } });
    const { position } = (body as { data: { position: string } }).data;
    const journey = await request(`/v1/profiles/ada/journey?waitFor=${position}`);
    t.match(journey.body, {
      data: [{ messageId: 'once', occurredAt: new Date(cause.recordedAt).toISOString() }],
    });
    await listed(position);
    t.match(await request(`/v1/quarantine/${quarantineId}/replay`, 'POST'), { status: 409 });
  });

  await t.test('one of a person who was erased meanwhile stays suppressed', async (t) => {
    const { eventStore, keyStore } = waymark.stores;
    const log = createIngestionLog({ eventStore, instanceId: randomUUID(), newId: randomUUID });
    const quarantineId = randomUUID();
    const payload = JSON.stringify({
      type: 'track',
      event: 'Lesson Opened',
      userId: 'eve',
      messageId: 'late',
    });
    // Under a key of its own, as of a message in which nobody was found: the erasure does not reach it.
    const sealer = await new Sealing(keyStore).sealerOf('default', 'b'.repeat(32));
    const message = {
      ...{ quarantineId, messageId: 'late', code: 'old-rule', reason: 'an old rule' },
      payload: sealer?.seal(quarantineId, 'payload', payload) ?? '',
    };
    const cause = { correlationId: 'test', recordedAt: Date.now() - 60_000, source: 'segment' };
    const data = { messages: [message] };
    const rejected = await log.record('default', [{ type: 'MessagesRejected', data }], cause);
    await listed(rejected.commit.toString());
    const requestId = await eraseByRequest(waymark.url, 'eve');
    t.equal(await requestConcluded(waymark.url, requestId), 'completed');

    t.match(await request(`/v1/quarantine/${quarantineId}/replay`, 'POST'), { status: 200 });
    await waymark.application.processors.caughtUp();
    t.match(await request('/v1/profiles/eve'), { status: 404 });
    const stream = journeyStreamName('default', waymark.application.subjectOf('default', 'user', 'eve'));
    t.match(await eventStore.readStream(stream, { maxCount: 1 }), { exists: false });
    const { body } = await request('/v1/accounting');
    t.match(body, { data: { suppressed: 1 } });
  });
});
