import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { retryDelays } from '../../src/commands/fulfilPrivacyRequest.js';
import type { DueRequest, Fulfilment, FulfilRequest } from '../../src/commands/personRights.js';
import { asking, openRequestSide, type RequestSide, type ShownRequest } from '../support/requestSide.js';
import { testFolder } from '../support/testFolder.js';
import { allEvents } from '../support/writeSide.js';

const done: Fulfilment = { outcome: 'completed', remarks: [], result: { receipt: 'r1' } };
const is = (status: string) => (request: ShownRequest) => request.request_status === status;

async function typesOf(side: RequestSide, id: string): Promise<string[]> {
  return (await allEvents(side.eventStore))
    .filter(({ event }) => 'requestId' in event.data && event.data.requestId === id)
    .map(({ event }) => event.type);
}

t.test('a request is carried out with the pseudonyms and the sealed details', async (t) => {
  const seen: DueRequest[] = [];
  const fulfil: FulfilRequest = async (request) => {
    seen.push(request);
    return done;
  };
  const side = await openRequestSide(testFolder(t), { fulfillers: { rectification: fulfil } });
  t.teardown(side.close);
  const body = asking({
    subject_request_type: 'rectification',
    subject_identities: [
      { identity_type: 'controller_customer_id', identity_value: 'ada' },
      { identity_type: 'anonymous_id', identity_value: 'v1' },
      { identity_type: 'anonymous_id', identity_value: 'v1' },
    ],
    extensions: { waymark: { traits: { city: 'Bath' } } },
  });
  await side.post(body);
  const request = await side.until(body.subject_request_id, is('completed'));
  t.match(request, { result: { receipt: 'r1' }, remarks: [] });
  t.match(seen, [
    {
      tenantId: 'default',
      requestId: body.subject_request_id,
      type: 'rectification',
      subjects: [side.subjectOf('default', 'user', 'ada'), side.subjectOf('default', 'anonymous', 'v1')],
      details: { city: /^sealed:v1:/ },
    },
  ]);
  t.equal(seen[0]?.subjects.length, 2);
});

t.test('partial completion and failure are told apart from success, and can be tried again', async (t) => {
  const outcomes: Fulfilment[] = [
    { outcome: 'partially_completed', remarks: ['The mail provider did not answer.'], result: {} },
    { outcome: 'failed', remarks: ['Nothing could be done.'], result: {} },
    done,
  ];
  const fulfil: FulfilRequest = async () => outcomes.shift() ?? done;
  const side = await openRequestSide(testFolder(t), { fulfillers: { erasure: fulfil } });
  t.teardown(side.close);
  const body = asking();
  const id = body.subject_request_id;
  await side.post(body);
  const partial = await side.until(id, is('partially_completed'));
  t.strictSame(partial.remarks, ['The mail provider did not answer.']);
  t.equal((await side.act(id, 'retry')).status, 200);
  t.strictSame((await side.until(id, is('failed'))).remarks, ['Nothing could be done.']);
  await side.act(id, 'retry');
  t.strictSame((await side.until(id, is('completed'))).remarks, []);
  t.equal((await side.act(id, 'retry')).status, 409);
});

t.test('what rejects is tried again later and later, and fails after the stated attempts', async (t) => {
  let calls = 0;
  const fulfil: FulfilRequest = async () => {
    calls += 1;
    throw Object.assign(new Error('ada@example.org could not be erased'), { code: 'store-unavailable' });
  };
  const side = await openRequestSide(testFolder(t), { fulfillers: { erasure: fulfil } });
  t.teardown(side.close);
  const body = asking();
  const id = body.subject_request_id;
  await side.post(body);
  for (const [index, delay] of retryDelays.entries()) {
    const request = await side.until(id, ({ failed_attempts }) => failed_attempts === index + 1);
    t.match(request, { request_status: 'in_progress', last_failure: 'store-unavailable' });
    side.clock.ahead += delay;
  }
  const failed = await side.until(id, is('failed'));
  t.match(failed.remarks, [/after 8 attempts/]);
  t.equal(calls, retryDelays.length + 1);
  t.notMatch(JSON.stringify(await allEvents(side.eventStore), withoutBigInts), /ada@example/);
});

t.test('a request that waits for its identity check, or is cancelled, is left alone', async (t) => {
  const seen: string[] = [];
  const fulfil: FulfilRequest = async ({ requestId }) => {
    seen.push(requestId);
    return done;
  };
  const folder = testFolder(t);
  const closed = await openRequestSide(folder, { fulfillers: { erasure: fulfil }, works: false });
  const waiting = asking({ extensions: { waymark: { identity_verification: 'required' } } });
  const [cancelled, last] = [asking(), asking()];
  for (const body of [waiting, cancelled, last]) await closed.post(body);
  await closed.inject('DELETE', `/v1/privacy/requests/${cancelled.subject_request_id}`);
  await closed.close();

  const side = await openRequestSide(folder, { fulfillers: { erasure: fulfil } });
  t.teardown(side.close);
  await side.until(last.subject_request_id, is('completed'));
  t.strictSame(seen, [last.subject_request_id]);
  await side.act(waiting.subject_request_id, 'verify', { verified: true, method: 'signed-in' });
  await side.until(waiting.subject_request_id, is('completed'));
  t.strictSame(seen, [last.subject_request_id, waiting.subject_request_id]);
});

t.test(
  'at most a few are carried out at a time, and one that hangs does not hold the others back',
  async (t) => {
    let active = 0;
    let most = 0;
    let release: (() => void) | undefined;
    const hangs = asking({ subject_request_type: 'portability' });
    const fulfil: FulfilRequest = async ({ requestId }) => {
      active += 1;
      most = Math.max(most, active);
      if (requestId === hangs.subject_request_id) await new Promise<void>((resolve) => (release = resolve));
      else await setTimeout(1);
      active -= 1;
      return done;
    };
    const side = await openRequestSide(testFolder(t), { fulfillers: { portability: fulfil } });
    t.teardown(side.close);
    await side.post(hangs);
    await side.until(hangs.subject_request_id, is('in_progress'));
    const bodies = Array.from({ length: 40 }, () => asking({ subject_request_type: 'portability' }));
    await Promise.all(bodies.map((body) => side.post(body)));
    for (const { subject_request_id } of bodies) await side.until(subject_request_id, is('completed'));
    t.ok(most > 1 && most <= 8, `${most} at a time`);
    t.match(await side.until(hangs.subject_request_id, () => true), { request_status: 'in_progress' });
    t.strictSame(await typesOf(side, hangs.subject_request_id), [
      'PrivacyRequestReceived',
      'PrivacyRequestStarted',
    ]);
    release?.();
    await side.until(hangs.subject_request_id, is('completed'));
  },
);

t.test('hundreds that were queued at once are carried out while events come in', async (t) => {
  const folder = testFolder(t);
  const called = new Map<string, number>();
  const fulfil: FulfilRequest = async ({ requestId }) => {
    called.set(requestId, (called.get(requestId) ?? 0) + 1);
    return done;
  };
  const before = await openRequestSide(folder, { fulfillers: { erasure: fulfil }, works: false });
  const bodies = Array.from({ length: 300 }, () => asking());
  await Promise.all(bodies.map((body) => before.post(body)));
  await before.close();

  const side = await openRequestSide(folder, { fulfillers: { erasure: fulfil } });
  t.teardown(side.close);
  const clicked = { kind: 'track', userId: 'bob', name: 'Clicked', occurredAt: Date.now() } as const;
  let sent = 0;
  let accepted = 0;
  while (called.size < bodies.length) {
    const results = await Promise.all(
      Array.from({ length: 10 }, () => side.send({ ...clicked, messageId: `m${sent++}` })),
    );
    for (const result of results) accepted += result.accepted;
  }
  for (const { subject_request_id } of bodies) await side.until(subject_request_id, is('completed'));
  t.ok(sent > 0);
  t.equal(accepted, sent);
  t.strictSame(new Set(called.values()), new Set([1]), 'each of them once');
});

t.test('a type that nothing carries out any more fails with its code', async (t) => {
  const folder = testFolder(t);
  const before = await openRequestSide(folder, { fulfillers: { erasure: async () => done }, works: false });
  const body = asking();
  await before.post(body);
  await before.close();
  const side = await openRequestSide(folder, {});
  t.teardown(side.close);
  const request = await side.until(body.subject_request_id, ({ failed_attempts }) => failed_attempts > 0);
  t.equal(request.last_failure, 'request-type-not-supported');
});

t.test('open requests past their due date are counted', async (t) => {
  const folder = testFolder(t);
  const before = await openRequestSide(folder, { fulfillers: { erasure: async () => done }, works: false });
  const waiting = { extensions: { waymark: { identity_verification: 'required' } } };
  await before.post(asking({ ...waiting, submitted_time: '2026-01-01T00:00:00Z' }));
  await before.post(asking(waiting));
  await before.caughtUp();
  await before.close();
  const side = await openRequestSide(folder);
  t.teardown(side.close);
  for (let metrics = ''; !metrics.includes('waymark_privacy_requests_overdue 1'); await setTimeout(2)) {
    metrics = (await side.app.inject({ url: '/metrics', headers: { authorization: 'Bearer admin-default' } }))
      .body;
    t.match(metrics, /waymark_privacy_requests_overdue [01]\n/);
  }
});

function withoutBigInts(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
