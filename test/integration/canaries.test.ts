import t from 'tap';
import { openAccessKeys } from '../../src/composition/accessKeys.js';
import { connectLive } from '../support/liveClient.js';
import { testAdminToken, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { startTestWaymark, testConfiguration } from '../support/waymark.js';

t.setTimeout(120_000);

const canary = /canary/i;

/** Personal values wherever clients put such values. */
const mail = (place: string) => `canary-${place}@example.com`;
const everywhere = {
  userId: 'canary-user-id',
  anonymousId: 'canary-visitor',
  context: {
    ip: '203.0.113.77',
    page: {
      url: `https://app.example/account?email=${mail('url')}`,
      referrer: `https://x.example/?u=${mail('ref')}`,
    },
    traits: { email: mail('context'), firstName: 'Canary' },
  },
};
const batch = [
  {
    type: 'identify',
    ...everywhere,
    messageId: 'canary-message-1',
    traits: {
      email: mail('trait'),
      name: 'Canary Bird',
      phone: '+49 1512 3456789',
      plan: 'pro',
      nested: { lastName: 'Canary' },
    },
  },
  {
    type: 'page',
    ...everywhere,
    messageId: 'canary-message-2',
    name: 'Account',
    properties: { search: mail('search') },
  },
  ...[3, 4, 5].map((n) => ({
    type: 'track',
    ...everywhere,
    event: 'Task Failed',
    messageId: `canary-message-${n}`,
    properties: { feature: 'quiz', error: `no such user ${mail('error')}`, email: mail('property') },
  })),
  {
    type: 'track',
    ...everywhere,
    event: 'Video Playback Started',
    messageId: 'canary-message-6',
    properties: { asset_id: 'intro', total_length: 60, viewer: mail('video') },
  },
  {
    type: 'group',
    ...everywhere,
    messageId: 'canary-message-7',
    groupId: 'g1',
    traits: { email: mail('group') },
  },
  { type: 'alias', ...everywhere, messageId: 'canary-message-8', previousId: 'canary-earlier' },
  { type: 'track', ...everywhere, messageId: 'canary-message-9', properties: { note: mail('rejected') } },
];

t.test('an analyst reads every route, and no personal value leaves by any of them', async (t) => {
  const folder = testFolder(t);
  const analyst = await (await openAccessKeys(testConfiguration(folder))).create('analyst');
  const waymark = await startTestWaymark(folder);
  t.teardown(() => waymark.stop());
  const { processors } = waymark.application;
  const get = async (path: string, token: string) => {
    const answer = await fetch(waymark.url + path, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, text: await answer.text() };
  };
  const sent = await fetch(`${waymark.url}/v1/batch`, {
    method: 'POST',
    headers: {
      'x-write-key': testWriteKey,
      'content-type': 'application/json',
      'x-request-id': 'canary-request',
    },
    body: JSON.stringify({ batch }),
  });
  t.match(await sent.json(), { accepted: 8, rejected: [{ index: 8 }] });
  let inbox: { id: string }[] = [];
  for (const end = Date.now() + 30_000; inbox.length === 0 && Date.now() < end; ) {
    inbox = JSON.parse((await get('/v1/profiles/canary-user-id/inbox', testAdminToken)).text).data;
  }
  while (!(await processors.caughtUp())) await new Promise((resolve) => setImmediate(resolve));
  const sessions = JSON.parse((await get('/v1/profiles/canary-user-id/sessions', testAdminToken)).text);
  const values: Readonly<Record<string, string>> = {
    userId: 'canary-user-id',
    sessionId: sessions.data[0].sessionId,
    featureId: 'quiz',
    videoId: 'intro',
    id: inbox[0]?.id ?? '',
  };
  const description = JSON.parse((await get('/openapi.json', testAdminToken)).text);
  const paths = Object.entries<Record<string, unknown>>(description.paths).flatMap(([path, methods]) =>
    'get' in methods ? [path] : [],
  );
  const urls = paths.flatMap((path) => {
    const names = path.includes('/metrics/') ? 'events' : 'profiles';
    const url = path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? names);
    if (path === '/v1/consents') return [`${url}?anonymousId=canary-visitor`];
    if (path === '/v1/profiles') return [url, `${url}?anonymousId=canary-visitor`];
    if (path === '/v1/metrics/{name}') return [url, `${url}?groupBy=type`];
    const past = path.includes('{userId}') ? [`${url}?asOf=${new Date().toISOString()}`] : [];
    return [url, ...past];
  });
  let shown = 0;
  let opened = 0;
  for (const url of urls) {
    const { status, text } = await get(url, analyst.secret);
    t.notMatch(text, canary, `${status} ${url}`);
    t.notMatch(text, /sealed:v1|203\.0\.113\.77|1512 ?3456789/, `${status} ${url}`);
    t.ok(status < 500, url);
    if (status === 200) shown += 1;
    if (canary.test((await get(url, testAdminToken)).text)) opened += 1;
  }
  t.ok(shown >= 25, `${shown} answers were looked at`);
  t.ok(opened >= 12, `${opened} of them show the planted values to an administrator`);

  await t.test('nor by live messages', async (t) => {
    const client = await connectLive(waymark.url, { bearer: analyst.secret });
    t.teardown(() => client.close());
    const channels = ['struggles', 'interventions', 'metrics', 'profile:canary-user-id'];
    client.send({ type: 'subscribe', channels, from: 'start' });
    await client.receive(({ type }) => type === 'caught-up');
    const frames = client.frames.map((frame) => JSON.stringify(frame));
    const events = frames.filter((frame) => frame.includes('"type":"event"'));
    t.ok(events.length >= 8, `${events.length} events came`);
    // The channel's name is what the analyst sent.
    for (const frame of frames) t.notMatch(frame.replaceAll('profile:canary-user-id', ''), canary);
  });
});
