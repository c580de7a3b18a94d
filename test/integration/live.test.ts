import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { WebSocket } from 'ws';
import { openHelpSide } from '../support/helpSide.js';
import { connectLive, type LiveClient, type LiveFrame } from '../support/liveClient.js';
import { testKeys } from '../support/recordingServer.js';
import { seededRandom } from '../support/seededRandom.js';
import { testFolder } from '../support/testFolder.js';
import { allEvents } from '../support/writeSide.js';

type HelpSide = Awaited<ReturnType<typeof openHelpSide>>;
const administrator = { bearer: testKeys.administrator };
let messages = 0;

function act(side: HelpSide, userId: string, name: string, properties = {}) {
  messages += 1;
  const message = { kind: 'track' as const, messageId: `m${messages}`, occurredAt: Date.now() + messages };
  return side.send({ ...message, userId, name, properties });
}

async function struggle(side: HelpSide, userId: string, feature: string): Promise<void> {
  await act(side, userId, 'Task Attempted', { feature });
  await act(side, userId, 'Task Attempted', { feature });
}

async function inboxToken(side: HelpSide, userId: string): Promise<{ subprotocol: string }> {
  const response = await fetch(`${side.url}/v1/profiles/${userId}/inbox-token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testKeys.administrator}` },
  });
  const { data } = (await response.json()) as { data: { token: string } };
  return { subprotocol: data.token };
}

const isMessage = ({ type }: LiveFrame) => type === 'message';
const isCaughtUp = ({ type }: LiveFrame) => type === 'caught-up';
const isError = ({ type }: LiveFrame) => type === 'error';

async function subscribed(
  side: HelpSide,
  authorization: Parameters<typeof connectLive>[1],
  channels: readonly string[],
  from?: string | null,
): Promise<LiveClient> {
  const client = await connectLive(side.url, authorization);
  client.send({ type: 'subscribe', channels, ...(from === undefined ? {} : { from }) });
  await client.receive(isCaughtUp);
  return client;
}

t.test('help reaches the person and the dashboards, and the response comes back as an event', async (t) => {
  const side = await openHelpSide({ folder: testFolder(t) });
  t.teardown(side.close);
  const person = await subscribed(side, await inboxToken(side, 'ada'), ['inbox:ada']);
  const dashboard = await subscribed(side, administrator, ['struggles', 'interventions']);
  const profile = await subscribed(side, administrator, ['profile:ada']);
  t.equal(person.socket.protocol, 'waymark.v1', 'the token is not echoed');

  await struggle(side, 'grace', 'search');
  await struggle(side, 'ada', 'export_report');
  const message = await person.receive(isMessage);
  t.match(message, {
    channels: ['inbox:ada'],
    position: /^\d+$/,
    message: { id: 'user-ada.s1.first-help', title: 'Would a hint help?', body: /“export report”/ },
  });
  t.match(await profile.receive(isMessage), { ...message, channels: ['profile:ada'] });
  await dashboard.receive(
    ({ event }) => event?.type === 'InterventionDelivered' && event.data.subject === 'user-ada',
  );
  t.strictSame(
    dashboard.frames
      .filter(({ type }) => type === 'event')
      .map(({ event }) => event?.type)
      .sort(),
    [
      ...['InterventionDelivered', 'InterventionDelivered', 'InterventionProposed', 'InterventionProposed'],
      ...['StruggleDetected', 'StruggleDetected'],
    ],
  );
  t.strictSame(
    profile.frames.filter(({ type }) => type === 'event').map(({ event }) => event?.type),
    [
      ...['JourneyStarted', 'SessionStarted', 'ActionTracked', 'ActionTracked', 'StruggleDetected'],
      'InterventionProposed',
    ],
  );

  person.send({ type: 'ack', id: message.message?.id, response: 'clicked' });
  t.match(await person.receive(({ type }) => type === 'acked'), { response: 'clicked', position: /^\d+$/ });
  const clicked = await dashboard.receive(({ event }) => event?.type === 'InterventionClicked');
  t.match(clicked.event?.data, { interventionId: 'user-ada.s1.first-help', subject: 'user-ada' });
  t.equal(person.frames.filter(isMessage).length, 1);
});

t.test('a message waits until it is acknowledged, over reconnects, restarts and plain HTTP', async (t) => {
  const folder = testFolder(t);
  const first = await openHelpSide({ folder });
  await struggle(first, 'ada', 'upload');
  const waiting = await subscribed(first, await inboxToken(first, 'ada'), ['inbox:ada']);
  const { id } = (await waiting.receive(isMessage)).message ?? {};
  await first.caughtUp();
  await waiting.close();
  const reconnected = await subscribed(first, await inboxToken(first, 'ada'), ['inbox:ada']);
  t.match(reconnected.frames, [{ type: 'message', message: { id } }, { type: 'caught-up' }]);
  await first.close();
  t.equal(await reconnected.closed, 1001);
  t.match(reconnected.frames.at(-1), { type: 'closing', code: 'server-stopping' });

  const second = await openHelpSide({ folder });
  t.teardown(second.close);
  const token = await inboxToken(second, 'ada');
  const headers = { authorization: `Bearer ${token.subprotocol}`, 'content-type': 'application/json' };
  const inbox = async () =>
    (await fetch(`${second.url}/v1/profiles/ada/inbox`, { headers })).json() as Promise<{ data: unknown[] }>;
  t.match(await inbox(), {
    data: [{ id, title: 'Would a hint help?' }],
    nextCursor: null,
    position: /^\d+$/,
  });
  const respond = (response: string) =>
    fetch(`${second.url}/v1/interventions/${id}/responses`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ response }),
    });
  t.equal((await respond('adored')).status, 400);
  t.equal((await respond('seen')).status, 200);
  const again = await respond('seen');
  t.match(await again.json(), { data: { id, response: 'seen' }, position: /^\d+$/ });
  t.equal(
    (await allEvents(second.eventStore)).filter(({ event }) => event.type === 'InterventionSeen').length,
    1,
  );
  t.strictSame((await inbox()).data, []);
  const late = await subscribed(second, token, ['inbox:ada']);
  t.strictSame(late.frames.filter(isMessage), []);
});

t.test("a person's token opens that person's inbox and nothing else", async (t) => {
  const side = await openHelpSide({ folder: testFolder(t) });
  t.teardown(side.close);
  await struggle(side, 'grace', 'upload');
  const token = await inboxToken(side, 'ada');
  const headers = { authorization: `Bearer ${token.subprotocol}`, 'content-type': 'application/json' };
  const client = await connectLive(side.url, token);
  const forbidden = ['inbox:grace', 'profile:ada', 'struggles', 'interventions', 'metrics'];
  for (const channel of forbidden) client.send({ type: 'subscribe', channels: ['inbox:ada', channel] });
  client.send({ type: 'ack', id: 'user-grace.s1.first-help', response: 'seen' });
  client.send({ type: 'ping' });
  await client.receive(({ type }) => type === 'pong');
  t.strictSame(
    client.frames.filter(isError).map(({ code }) => code),
    [...forbidden.map(() => 'forbidden'), 'not-found'],
  );

  const status = async (path: string, options: RequestInit = {}) =>
    (await fetch(`${side.url}/v1${path}`, { headers, ...options })).status;
  t.equal(await status('/profiles/grace/inbox'), 403);
  t.equal(await status('/profiles/ada/inbox'), 200);
  t.equal(await status('/profiles/ada/inbox-token', { method: 'POST', body: '{}' }), 401);
  const body = JSON.stringify({ response: 'seen' });
  t.equal(await status('/interventions/user-grace.s1.first-help/responses', { method: 'POST', body }), 404);

  const refusal = async (options: { headers?: Record<string, string>; protocols?: string[] }) => {
    const socket = new WebSocket(`${side.url.replace('http', 'ws')}/v1/live`, options.protocols ?? [], {
      headers: options.headers ?? {},
    });
    const [, response] = await once(socket, 'unexpected-response');
    response.resume();
    return response.statusCode;
  };
  const changed = token.subprotocol.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  t.equal(await refusal({}), 401);
  t.equal(await refusal({ protocols: ['waymark.v1', `bearer.${changed}`] }), 401);
  t.equal(await refusal({ headers: { authorization: `Bearer ${testKeys.write}` } }), 403);
});

t.test('a client that comes and goes gets every event once, in order, while more are recorded', async (t) => {
  const side = await openHelpSide({ folder: testFolder(t), reacts: false });
  t.teardown(side.close);
  const seed = Date.now();
  const random = seededRandom(seed);
  const people = 6;
  const steady = await subscribed(side, administrator, ['struggles']);
  // Whatever was recorded before that first answer is not for these clients.
  const start = steady.frames[0]?.position ?? '';
  let recording = true;
  const load = (async () => {
    for (let round = 0; round < 120; round += 1) {
      await Promise.all(Array.from({ length: people }, (_, n) => struggle(side, `p${n}`, `f${round}`)));
    }
    recording = false;
  })();

  const received: string[] = [];
  let from = start;
  let connections = 0;
  for (let last = false; !last; ) {
    last = !recording;
    const client: LiveClient = await connectLive(side.url, administrator);
    connections += 1;
    client.send({ type: 'subscribe', channels: ['struggles', 'profile:p1'], from });
    const enough = random(200);
    if (last) await client.receive(isCaughtUp);
    else await client.receive(() => client.frames.length >= enough || !recording);
    client.socket.terminate();
    await client.closed;
    for (const { type, position, event } of client.frames) {
      if (typeof position === 'string') from = position;
      if (type === 'event' && event !== undefined) received.push(event.id);
    }
  }
  await load;
  const all = await allEvents(side.eventStore);
  const expected = all
    .filter(({ position }) => start === 'start' || position.commit > BigInt(start))
    .filter(
      ({ event, streamName }) =>
        event.type.startsWith('Struggle') || streamName === 'journey-default_user-p1',
    )
    .map(({ id }) => id);
  t.strictSame(received, expected, `seed ${seed}`);
  const struggles = all.filter(({ event }) => event.type.startsWith('Struggle')).map(({ id }) => id);
  await steady.receive(({ event }) => event?.id === struggles.at(-1));
  t.strictSame(
    steady.frames.flatMap(({ event }) => event?.id ?? []),
    struggles,
    `seed ${seed}`,
  );
  t.ok(connections > 2, `${connections} connections`);
});

t.test(
  'a client that reads nothing is cut off with a position to resume from, and costs little',
  async (t) => {
    const side = await openHelpSide({
      folder: testFolder(t),
      reacts: false,
      limits: { stallTimeout: 300, pingInterval: 60_000 },
    });
    t.teardown(side.close);
    const client = await subscribed(side, administrator, ['profile:ada']);
    client.socket.pause();
    const text = 'x'.repeat(100_000);
    const before = process.memoryUsage.rss();
    for (let count = 0; count < 300; count += 1) await act(side, 'ada', 'Note Written', { text });
    while (side.following() > 0) await setImmediate();
    client.socket.resume();
    t.equal(await client.closed, 4008);
    const closing = client.frames.at(-1);
    t.match(closing, { type: 'closing', code: 'too-slow', subscriptions: [{ channels: ['profile:ada'] }] });
    t.ok(client.frames.length < 300, 'it was not all kept for the client');
    t.ok(process.memoryUsage.rss() - before < 150 * 1024 * 1024);

    const resumed = await subscribed(
      side,
      administrator,
      ['profile:ada'],
      closing?.subscriptions?.[0]?.position,
    );
    const ids = [...client.frames, ...resumed.frames].flatMap(({ event }) => event?.id ?? []);
    t.strictSame(
      ids,
      (await allEvents(side.eventStore)).map(({ id }) => id),
    );
  },
);

t.test('a slow reader gets everything at its own pace', async (t) => {
  const side = await openHelpSide({ folder: testFolder(t), reacts: false });
  t.teardown(side.close);
  const client = await subscribed(side, administrator, ['profile:ada']);
  const text = 'x'.repeat(100_000);
  client.socket.pause();
  for (let count = 0; count < 200; count += 1) await act(side, 'ada', 'Note Written', { text });
  client.socket.resume();
  const all = await allEvents(side.eventStore);
  await client.receive(({ event }) => event?.id === all.at(-1)?.id);
  t.strictSame(
    client.frames.flatMap(({ event }) => event?.id ?? []),
    all.map(({ id }) => id),
  );
});

t.test('metrics are summed up, and lose nothing between two summaries', async (t) => {
  const side = await openHelpSide({ folder: testFolder(t), reacts: false, limits: { metricsInterval: 20 } });
  t.teardown(side.close);
  const client = await subscribed(side, administrator, ['metrics']);
  for (let round = 0; round < 20; round += 1) await struggle(side, `p${round}`, 'upload');
  const all = await allEvents(side.eventStore);
  const summaries = () => client.frames.filter(({ type }) => type === 'metrics');
  const total = () => summaries().reduce((sum, { events = 0 }) => sum + events, 0);
  await client.receive(() => total() >= all.length);
  t.equal(total(), all.length);
  t.equal(
    summaries().reduce((sum, { counts }) => sum + (counts?.StruggleDetected ?? 0), 0),
    20,
  );
  t.ok(summaries().length < all.length / 2);
  for (const [index, { since }] of summaries().entries()) {
    if (index > 0) t.equal(since, summaries()[index - 1]?.position);
  }
});

t.test('what a client sends is checked, and a fault does not end the connection', async (t) => {
  const side = await openHelpSide({ folder: testFolder(t), reacts: false, limits: { subscriptions: 2 } });
  t.teardown(side.close);
  await act(side, 'ada', 'Opened');
  const client = await connectLive(side.url, administrator);
  const faults: [object | string, string][] = [
    ['{', 'invalid-json'],
    ['null', 'invalid-parameter'],
    ['[]', 'invalid-parameter'],
    [{ type: 'dance' }, 'invalid-parameter'],
    [{ type: 'subscribe' }, 'invalid-parameter'],
    [{ type: 'subscribe', channels: [] }, 'invalid-parameter'],
    [{ type: 'subscribe', channels: ['secrets'] }, 'invalid-parameter'],
    [{ type: 'subscribe', channels: ['profile:'] }, 'invalid-parameter'],
    [{ type: 'subscribe', channels: Array(33).fill('struggles') }, 'invalid-parameter'],
    [{ type: 'subscribe', channels: ['struggles'], extra: 1 }, 'invalid-parameter'],
    [{ type: 'subscribe', channels: ['struggles'], from: 'x' }, 'invalid-parameter'],
    [{ type: 'subscribe', channels: ['struggles'], from: '99999999999' }, 'invalid-parameter'],
    [{ type: 'subscribe', channels: ['struggles', 'struggles'] }, 'conflict'],
    [{ type: 'ack', id: '../../etc' }, 'invalid-parameter'],
    [{ type: 'ack', id: 'nobody.s1.first-help' }, 'not-found'],
    [{ type: 'ack', id: 'nobody.s1.first-help', response: 'adored' }, 'invalid-parameter'],
  ];
  for (const [fault] of faults) client.send(fault);
  client.send({ type: 'subscribe', channels: ['struggles'] });
  await client.receive(isCaughtUp);
  t.strictSame(
    client.frames.filter(isError).map(({ code }) => code),
    faults.map(([, code]) => code),
  );
  client.send({ type: 'subscribe', channels: ['struggles'] });
  client.send({ type: 'subscribe', channels: ['metrics'] });
  client.send({ type: 'subscribe', channels: ['interventions'] });
  client.send({ type: 'ping' });
  await client.receive(({ type }) => type === 'pong');
  t.strictSame(
    client.frames
      .filter(isError)
      .slice(faults.length)
      .map(({ code }) => code),
    ['conflict', 'conflict'],
  );

  client.send(`"${'x'.repeat(20_000)}"`);
  t.equal(await client.closed, 1009);
  const binary = await connectLive(side.url, administrator);
  binary.socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
  t.equal(await binary.closed, 1008);
  const flood = await connectLive(side.url, administrator);
  for (let count = 0; count < 200; count += 1) flood.send({ type: 'ping' });
  t.equal(await flood.closed, 1008);
  t.match(flood.frames.at(-1), { type: 'closing', code: 'rate-limited' });
});

t.test('an idle client learns how far the log has come; a dead one is cut off', async (t) => {
  const side = await openHelpSide({ folder: testFolder(t), reacts: false, limits: { pingInterval: 30 } });
  t.teardown(side.close);
  const client = await subscribed(side, administrator, ['interventions']);
  const { position } = await act(side, 'ada', 'Opened');
  t.match(await client.receive((frame) => frame.type === 'position' && frame.position === position), {
    channels: ['interventions'],
  });

  const dead = new WebSocket(`${side.url.replace('http', 'ws')}/v1/live`, {
    headers: { authorization: `Bearer ${testKeys.administrator}` },
    autoPong: false,
  });
  const [code] = await once(dead, 'close');
  t.equal(code, 1006);
});
