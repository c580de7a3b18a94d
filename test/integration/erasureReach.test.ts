import t, { type Test } from 'tap';
import type { Waymark } from '../../src/composition/waymark.js';
import type { QuarantineDocument } from '../../src/projections/quarantine/document.js';
import { eraseByRequest, requestConcluded, requestOf } from '../support/erasures.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark } from '../support/waymark.js';

async function started(t: Test): Promise<Waymark> {
  const waymark = await startTestWaymark(testFolder(t));
  t.teardown(() => waymark.stop());
  return waymark;
}

async function send({ url }: Waymark, ...batch: object[]) {
  const response = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testWriteKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ batch }),
  });
  return (await response.json()) as {
    accepted: number;
    suppressed: number;
    rejected: unknown[];
    position: string;
  };
}

async function read({ url, application }: Waymark, path: string) {
  await application.processors.caughtUp();
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${testAdminToken}` } });
  return { status: response.status, text: await response.text() };
}

/** @returns the pseudonyms that went */
async function erase(t: Test, { url }: Waymark, userId: string): Promise<string[]> {
  const requestId = await eraseByRequest(url, userId);
  t.equal(await requestConcluded(url, requestId), 'completed', userId);
  const { result } = (await requestOf(url, requestId)) as { result: { receipt: string } };
  return (JSON.parse(result.receipt) as { statement: { subjects: string[] } }).statement.subjects;
}

t.test('an alias makes nobody go along with another user', async (t) => {
  const waymark = await started(t);
  const { subjectOf } = waymark.application;
  const traits = { email: 'victim@example.com', plan: 'pro' };
  await send(waymark, { type: 'identify', userId: 'victim', anonymousId: 'phone-of-victim', traits });
  await send(waymark, { type: 'identify', userId: 'stranger', anonymousId: 'phone-of-stranger' });
  await send(waymark, { type: 'alias', userId: 'stranger', previousId: 'victim' });
  await send(waymark, { type: 'track', userId: 'victim', event: 'Lesson Opened' });

  const gone = await erase(t, waymark, 'stranger');
  t.strictSame(
    gone.sort(),
    [subjectOf('default', 'user', 'stranger'), subjectOf('default', 'anonymous', 'phone-of-stranger')].sort(),
  );
  t.equal((await read(waymark, '/v1/profiles/stranger')).status, 404);

  t.match(await send(waymark, { type: 'identify', userId: 'victim', traits }), {
    accepted: 1,
    suppressed: 0,
  });
  t.match(await read(waymark, '/v1/profiles/victim'), { status: 200, text: /victim@example.com/ });
  t.match(
    (await read(waymark, '/v1/profiles/victim/journey')).text,
    'Lesson Opened',
    'with all that was recorded',
  );
  await waymark.application.processors.rebuild('profiles');
  t.match(
    await read(waymark, '/v1/profiles/victim'),
    { status: 200, text: /victim@example.com/ },
    'after a rebuild',
  );
  t.equal((await read(waymark, '/v1/profiles/stranger')).status, 404);

  t.strictSame(
    (await erase(t, waymark, 'victim')).sort(),
    [subjectOf('default', 'user', 'victim'), subjectOf('default', 'anonymous', 'phone-of-victim')].sort(),
    'who is named goes, with the device that was theirs first',
  );
  t.equal((await read(waymark, '/v1/profiles/victim')).status, 404);
});

t.test('however many devices somebody had, all of them go', async (t) => {
  const waymark = await started(t);
  const devices = Array.from({ length: 1100 }, (_, at) => `device-${at}`);
  for (let from = 0; from < devices.length; from += 100) {
    const some = devices.slice(from, from + 100);
    await send(waymark, ...some.map((anonymousId) => ({ type: 'identify', userId: 'ada', anonymousId })));
  }
  const gone = await erase(t, waymark, 'ada');
  t.equal(gone.length, 1101);
  const late = devices.slice(-100).map((anonymousId) => ({ type: 'page', anonymousId }));
  t.match(await send(waymark, ...late), { accepted: 0, suppressed: 100 });
});

t.test('what was rejected goes with whom it names, and with nobody else', async (t) => {
  const waymark = await started(t);
  const { application, stores } = waymark;
  const rejected = async () => {
    await application.processors.caughtUp();
    const name = application.processors.liveCollection('quarantine');
    const { documents } = await stores.documentStore.find<QuarantineDocument>(name, { limit: 100 });
    return [...documents].sort((a, b) => a.rejectedAt - b.rejectedAt);
  };
  const [ada, bob] = ['ada-lovelace', 'bob-the-builder'];
  const long = 'x'.repeat(40_000);
  await send(waymark, { type: 'track', userId: ada, messageId: `${ada}/1`, properties: { userId: bob } });
  await send(waymark, {
    type: 'track',
    properties: { userId: ada, anonymousId: ada },
    userId: bob,
    messageId: 'plain-id',
  });
  await send(waymark, { type: 'track', event: 'Opened', userId: ada, properties: { long } });
  await send(waymark, { type: 'nothing', properties: { userId: ada }, messageId: `ask ${ada}@example.com` });
  const before = await rejected();
  t.equal(before.length, 4);
  const subjectOf = (userId: string) => application.subjectOf('default', 'user', userId);
  t.equal(before.filter(({ subject }) => subject === subjectOf(ada)).length, 2);
  t.equal(before.filter(({ subject }) => subject === subjectOf(bob)).length, 1);
  t.notMatch(JSON.stringify(before), ada, 'not even in the ids of messages');
  t.match(JSON.stringify(before), 'plain-id');

  await erase(t, waymark, ada);
  const left = await rejected();
  t.equal(left.length, 2);
  t.ok(left.every(({ subject }) => subject !== subjectOf(ada)));
  t.match((await read(waymark, '/v1/quarantine')).text, bob, 'the other one can still be read');

  await send(waymark, { type: 'track', userId: ada, messageId: `${ada}/2` });
  const late = (await rejected()).filter(({ payload }) => payload === '');
  t.match(late, [{ messageId: null, code: 'invalid-event-name' }], 'it is counted, without its content');
  await application.processors.rebuild('quarantine');
  t.equal((await rejected()).length, 3, 'a rebuild brings nothing back');
});
