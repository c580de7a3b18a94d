import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { InterventionEvent } from '../../src/domain/intervention/events.js';
import { interventionStreamName } from '../../src/domain/intervention/streamName.js';
import { encode } from '../../src/eventStore/codec.js';
import { asProposed } from '../support/helpEvents.js';
import { openHelpSide } from '../support/helpSide.js';
import { connectLive, type LiveClient, type LiveFrame } from '../support/liveClient.js';
import { standInSealed } from '../support/personalValues.js';
import { plant, plantedEvents } from '../support/plantedPerson.js';
import { testFolder } from '../support/testFolder.js';

/** Of the sealed texts; the help side names the journey itself `user-ada`. */
const ada = 'ada0'.repeat(8);
const stream = 'user-ada';
const stated = { purpose: 'customer-support', ticket: 'HELP-4711' };
const isCaughtUp = ({ type }: LiveFrame) => type === 'caught-up';
const isEvent = (name: string) => (frame: LiveFrame) => frame.event?.type === name;
const numberOf = (event: LiveFrame['event']) => (event?.data.traits as { number?: number })?.number;
const bearer = (role: string) => ({ bearer: `key-of-${role}` });

async function openSide(t: Test) {
  const side = await openHelpSide({ folder: testFolder(t), reacts: false });
  t.teardown(side.close);
  return side;
}
type Side = Awaited<ReturnType<typeof openSide>>;

const plantAda = (side: Side) =>
  plant(side.eventStore, stream, plantedEvents(ada, Date.now() - 1000), Date.now());

async function follow(side: Side, role: string, request: object): Promise<LiveClient> {
  const client = await connectLive(side.url, bearer(role));
  client.send({ type: 'subscribe', ...request });
  return client;
}

t.test('a live event is opened for some and masked for others, live and from the log', async (t) => {
  const side = await openSide(t);
  const admin = await follow(side, 'administrator', { channels: ['profile:ada'] });
  const analyst = await follow(side, 'analyst', { channels: ['profile:ada'] });
  const support = await follow(side, 'support', { channels: ['profile:ada'], ...stated });
  for (const client of [admin, analyst, support]) await client.receive(isCaughtUp);
  await plantAda(side);
  const late = await follow(side, 'administrator', { channels: ['profile:ada'], from: 'start' });
  const shown = { traits: { email: 'planted@example.com', plan: 'pro', friends: ['planted-friend'] } };
  for (const client of [admin, support, late]) {
    await client.receive(isEvent('StruggleDetected'));
    t.match(client.frames.find(isEvent('TraitsIdentified'))?.event?.data, shown);
    t.strictSame(
      client.frames.filter(({ type }) => type === 'event').map(({ event }) => event?.type),
      plantedEvents(ada, 0).map(({ type }) => type),
      'in the order of recording',
    );
  }
  await analyst.receive(isEvent('StruggleDetected'));
  t.match(analyst.frames.find(isEvent('TraitsIdentified')), {
    event: { data: { anonymousId: null, traits: { email: null, plan: 'pro', friends: [null] } } },
    masked: ['correlationId', 'data.anonymousId', 'data.ip', 'data.traits.email', 'data.traits.friends[]'],
  });
  t.notMatch(JSON.stringify(analyst.frames), /planted|sealed:/);
  t.match(
    side.personal.accesses.filter(({ actor }) => actor.role === 'support'),
    [
      { action: 'followLive', subjects: [stream], opened: false, ...stated },
      { action: 'followLive', subjects: [ada], opened: true, ...stated },
    ],
  );
});

t.test('roles hold on live channels, purpose and ticket are asked for, refusals are kept', async (t) => {
  const side = await openSide(t);
  side.personal.refused.add(`${stream} analytics`);
  const refusals: [string, object, string][] = [
    ['support', { channels: ['struggles'], ...stated }, 'forbidden'],
    ['support', { channels: ['metrics'], ...stated }, 'forbidden'],
    ['support', { channels: ['profile:ada'] }, 'invalid-parameter'],
    ['support', { channels: ['profile:help-1'], ...stated, ticket: 'about-help-1' }, 'invalid-parameter'],
    ['support', { channels: ['profile:ada', 'profile:eve'], ...stated }, 'forbidden'],
    ['analyst', { channels: ['inbox:ada'] }, 'forbidden'],
    ['analyst', { channels: ['profile:ada'] }, 'purpose-not-allowed'],
    ['analyst', { channels: ['struggles'], purpose: 'curiosity' }, 'invalid-parameter'],
    ['service', { channels: ['inbox:ada'] }, 'forbidden'],
    ['privacy-officer', { channels: ['inbox:ada'] }, 'forbidden'],
  ];
  for (const [role, request, code] of refusals) {
    const client = await follow(side, role, request);
    t.match(
      await client.receive(({ type }) => type === 'error'),
      { code },
      `${role} ${JSON.stringify(request)}`,
    );
    client.send({ type: 'subscribe', channels: ['profile:bob'], ...stated });
    await client.receive(isCaughtUp);
    client.send({ type: 'ack', id: 'user-ada.s1.first-help' });
    await client.receive(({ code, type }) => type === 'error' && code === 'forbidden');
    await client.close();
  }
  for (const role of ['administrator', 'analyst', 'privacy-officer', 'service']) {
    const client = await follow(side, role, { channels: ['struggles', 'interventions', 'metrics'] });
    await client.receive(isCaughtUp);
    await client.close();
  }
  await t.rejects(connectLive(side.url, bearer('write')), /403/);
  await t.rejects(connectLive(side.url, bearer('nobody')), /401/);
});

t.test(
  'who refused what a reader follows for is left out, on every channel and from that moment on',
  async (t) => {
    const side = await openSide(t);
    const { refused } = side.personal;
    const plantOf = (name: string) =>
      plant(side.eventStore, `user-${name}`, plantedEvents(ada, Date.now() - 1000), Date.now());
    const followed = { channels: ['struggles', 'profile:bob', 'profile:eve'] };
    const analyst = await follow(side, 'analyst', followed);
    const forLaw = await follow(side, 'analyst', { ...followed, purpose: 'legal' });
    for (const client of [analyst, forLaw]) await client.receive(isCaughtUp);
    refused.add('user-ada analytics').add('user-bob analytics');
    for (const name of ['ada', 'bob', 'eve']) await plantOf(name);
    const isLast = (frame: LiveFrame) =>
      isEvent('StruggleDetected')(frame) && frame.channels?.includes('profile:eve') === true;
    for (const client of [analyst, forLaw]) await client.receive(isLast);
    const events = ({ frames }: LiveClient) => frames.filter(({ type }) => type === 'event');
    const ofEach = plantedEvents(ada, 0).length;
    t.equal(events(analyst).length, ofEach, 'nothing but what is about Eve');
    t.ok(events(analyst).every(({ channels }) => channels?.includes('profile:eve')));
    t.equal(events(forLaw).length, 1 + 2 * ofEach, 'Ada by the struggle alone, Bob and Eve whole');
    for (const client of [analyst, forLaw]) await client.close();
  },
);

t.test('frames keep their order while values are being opened', async (t) => {
  const side = await openSide(t);
  const client = await follow(side, 'administrator', { channels: ['profile:ada'] });
  await client.receive(isCaughtUp);
  let open = () => {};
  side.personal.state.opening = new Promise((resolve) => {
    open = resolve;
  });
  await plantAda(side);
  while (side.personal.asked.length === 0) await setImmediate();
  client.send({ type: 'ping' });
  await client.receive(({ type }) => type === 'pong');
  t.strictSame(
    client.frames.filter(({ type }) => type === 'event'),
    [],
    'nothing overtakes',
  );
  open();
  await client.receive(isEvent('StruggleDetected'));
  const positions = client.frames.flatMap(({ type, position }) =>
    type === 'event' ? [Number(position)] : [],
  );
  t.strictSame(
    positions,
    [...positions].sort((a, b) => a - b),
  );
  t.equal(positions.length, plantedEvents(ada, 0).length);
});

t.test('more events than wait for their values come from the log, each once and in order', async (t) => {
  const side = await openSide(t);
  const client = await follow(side, 'administrator', { channels: ['profile:ada'] });
  await client.receive(isCaughtUp);
  let open = () => {};
  side.personal.state.opening = new Promise((resolve) => {
    open = resolve;
  });
  const count = 350;
  const events = Array.from({ length: count }, (_, index) => ({
    type: 'TraitsIdentified' as const,
    data: { sessionId: 's', traits: { number: index, email: standInSealed(ada, `planted-${index}`) } },
  }));
  await plant(side.eventStore, stream, events, Date.now());
  while (side.personal.asked.length === 0) await setImmediate();
  open();
  await client.receive(({ event }) => numberOf(event) === count - 1);
  const numbers = client.frames.flatMap(({ event }) => (event === undefined ? [] : [numberOf(event)]));
  t.strictSame(numbers, Array.from(events.keys()));
  t.notMatch(JSON.stringify(client.frames), /sealed:/);
});

t.test('keys out of reach end the connection, and it resumes without a gap', async (t) => {
  const side = await openSide(t);
  const client = await follow(side, 'administrator', { channels: ['profile:ada'] });
  await client.receive(isCaughtUp);
  side.personal.state.isDown = true;
  await plantAda(side);
  t.equal(await client.closed, 1011);
  const last = client.frames.at(-1);
  t.match(last, { type: 'closing', code: 'key-store-unavailable' });
  t.notMatch(JSON.stringify(client.frames), /planted|sealed:/);
  side.personal.state.isDown = false;
  const from = last?.subscriptions?.[0]?.position;
  const resumed = await follow(side, 'administrator', { channels: ['profile:ada'], from });
  await resumed.receive(isEvent('StruggleDetected'));
  t.equal(
    [...client.frames, ...resumed.frames].filter(({ type }) => type === 'event').length,
    plantedEvents(ada, 0).length,
  );
});

t.test('the person reads an inbox opened, live and over HTTP; a masked role follows it masked', async (t) => {
  const side = await openSide(t);
  const about = { interventionId: 'user-ada.s1.first-help', subject: stream };
  const proposal = {
    ...about,
    ...asProposed,
    strategy: 'first-help',
    struggleId: 'user-ada.s1',
    featureId: 'essay',
    signalType: 'repeated_attempts',
    severity: 'high',
    channel: 'in_app',
    language: 'en',
    title: standInSealed(ada, 'planted-title'),
    body: 'A hint.',
    author: { kind: 'template', name: 'english', version: 1 },
    expiresAt: Date.now() + 3_600_000,
  } as const;
  const events: InterventionEvent[] = [
    { type: 'InterventionProposed', data: proposal },
    { type: 'InterventionDelivered', data: { ...about, channel: 'in_app' } },
  ];
  await plantAda(side);
  const analyst = await follow(side, 'analyst', { channels: ['profile:ada'] });
  await analyst.receive(isCaughtUp);
  const at = Date.now();
  const metadata = { messageId: 'm', correlationId: 'c', causationId: 'm', tenantId: 'default' };
  await side.eventStore.appendToStream(
    interventionStreamName('default', about.interventionId),
    events.map((event) =>
      encode({
        id: randomUUID(),
        event,
        metadata: { ...metadata, schemaVersion: 1, occurredAt: at, recordedAt: at },
      }),
    ),
    'any',
  );
  await side.caughtUp();
  const isMessage = ({ type }: LiveFrame) => type === 'message';
  t.match(await analyst.receive(isMessage), { message: { title: null }, masked: ['title'] });

  const minted = await fetch(`${side.url}/v1/profiles/ada/inbox-token`, {
    method: 'POST',
    headers: { authorization: 'Bearer key-of-administrator' },
  });
  const { data } = (await minted.json()) as { data: { token: string } };
  const person = await connectLive(side.url, { bearer: data.token });
  person.send({ type: 'subscribe', channels: ['inbox:ada'] });
  t.match(await person.receive(isMessage), { message: { title: 'planted-title', body: 'A hint.' } });
  const inbox = async (token: string) => {
    const answer = await fetch(`${side.url}/v1/profiles/ada/inbox`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: answer.status, body: await answer.json() };
  };
  const opened = { status: 200, body: { data: [{ title: 'planted-title' }] } };
  t.match(await inbox(data.token), opened);
  t.match(await inbox('key-of-administrator'), opened);
  side.personal.state.isDown = true;
  t.match(await inbox(data.token), { status: 503, body: { code: 'key-store-unavailable' } });
  t.match(
    side.personal.accesses.filter(({ action, opened }) => opened && action === 'readInbox'),
    [
      { actor: { role: 'person' }, subjects: [ada], purpose: 'operation' },
      { actor: { role: 'administrator' }, subjects: [stream, ada] },
    ],
  );
});
