import t from 'tap';
import type { AccessRole } from '../../src/commands/accessKeys.js';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import { findAddresses } from '../../src/queries/addresses.js';
import { liveReader } from '../../src/queries/documentReader.js';
import { isDown, openDeliverySide, sendgridTakes } from '../support/deliverySide.js';
import { testWriteKey } from '../support/serverProcess.js';
import { until } from '../support/until.js';

t.setTimeout(120_000);
const ada = { email: 'Ada@example.org' };
type Types = readonly DomainEvent['type'][];

t.test('a message goes out by mail once, each call recorded before it is made', async (t) => {
  const side = await openDeliverySide(t, ['email', 'in_app']);
  const { application, stores } = side.waymark;
  let recordedBefore: Types = [];
  side.sendgrid.behave(() => {
    void side.helpEvents().then((events) => (recordedBefore = events.map(({ event }) => event.type)));
    return sendgridTakes();
  });
  const webPush = { endpoint: 'https://push.example/ada', keys: { p256dh: 'BPk', auth: 'sEcret' } };
  const traits = { ...ada, phone: '+49 170 1234567', pushToken: 'token-of-ada', webPush };
  await side.introduce('ada', traits);
  await side.struggle('ada');
  const types = await side.typesOnce('InterventionDelivered');
  t.strictSame(types, ['InterventionProposed', 'DeliveryStarted', 'InterventionDelivered']);
  t.ok(recordedBefore.includes('DeliveryStarted'));
  t.equal(side.sendgrid.requests.length, 1);
  t.match(JSON.parse(side.sendgrid.requests[0]?.body ?? ''), {
    personalizations: [{ to: [{ email: 'Ada@example.org' }] }],
  });
  t.equal(side.ses.requests.length, 0);
  await until(
    async () => (await side.get('/v1/deliveries?status=delivered')).length === 1,
    'it is shown as delivered',
  );
  t.match(await side.get('/v1/deliveries'), [
    {
      userId: 'ada',
      channel: 'email',
      dueAt: null,
      attempts: [{ channel: 'email', provider: 'sendgrid', attempt: 1, outcome: 'delivered' }],
    },
  ]);
  t.strictSame(await side.get('/v1/profiles/ada/inbox'), [], 'not in the app as well');
  const everything = JSON.stringify(await side.helpEvents(), (_, value) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
  t.notMatch(everything, /ada@example/i, 'the address stands nowhere');
  const subject = application.subjectOf('default', 'user', 'ada');
  const profile = await stores.documentStore.get(
    application.processors.liveCollection('profiles'),
    `default/${subject}`,
  );
  t.notMatch(JSON.stringify(profile), /ada@|1234567|token-of-ada|push\.example|BPk|sEcret/i);
  const documents = liveReader(stores.documentStore, application.processors);
  const found = await findAddresses(documents, application.openSealed, 'default', subject);
  t.strictSame(Object.fromEntries(found.traits), traits, 'addresses are opened for a message alone');
  t.strictSame([found.userId, found.subjects], ['ada', [subject]]);
});

t.test('who says their address and struggles at once is reached there', async (t) => {
  const side = await openDeliverySide(t, ['email', 'in_app']);
  const people = Array.from({ length: 8 }, (_, at) => `person${at}`);
  // One after the other, so that the read model of profiles has just stored what came before.
  for (const [at, userId] of people.entries()) {
    const attempt = { type: 'track', userId, event: 'Task Attempted', properties: { feature: 'export' } };
    const traits = { email: `${userId}@example.org` };
    t.match(await side.send({ type: 'identify', userId, traits }, attempt, attempt), { status: 200 });
    await until(
      async () =>
        (await side.helpEvents()).filter(({ event }) => event.type === 'InterventionProposed').length > at,
      'help is offered',
    );
  }
  await until(() => side.sendgrid.requests.length === people.length, 'all are sent a mail');
  const decisions = await side.get('/v1/profiles/person0/decisions');
  t.notMatch(JSON.stringify(decisions), /no-address/);
});

t.test('so is who says it just before help is asked for', async (t) => {
  const side = await openDeliverySide(t, ['email', 'in_app'], {
    trigger: { kind: 'request' },
    goal: { kind: 'return' },
  });
  const people = Array.from({ length: 8 }, (_, at) => `person${at}`);
  for (const userId of people) {
    const traits = { email: `${userId}@example.org` };
    t.match(await side.send({ type: 'identify', userId, traits }), { status: 200 });
    const asked = await side.call('POST', '/v1/interventions', { userId, strategyId: 'by-mail' });
    t.match(asked, { status: 200, body: { data: { outcome: 'proposed' } } });
  }
  await until(() => side.sendgrid.requests.length === people.length, 'all are sent a mail');
});

t.test('another provider stands in; then the provider is tried again; then the next channel', async (t) => {
  const side = await openDeliverySide(t, ['email', 'in_app']);
  side.sendgrid.behave(isDown);
  await side.introduce('ada', ada);
  await side.struggle('ada');
  t.strictSame(await side.typesOnce('InterventionDelivered'), [
    'InterventionProposed',
    ...['DeliveryStarted', 'DeliveryFailed', 'DeliveryStarted', 'InterventionDelivered'],
  ]);
  t.equal(side.ses.requests.length, 1);

  side.ses.behave(isDown);
  await side.introduce('bob', { email: 'bob@example.org' });
  await side.struggle('bob');
  await until(() => side.ses.requests.length === 2, 'both were tried');
  side.sendgrid.behave(sendgridTakes);
  await until(
    async () => (await side.get('/v1/deliveries?status=delivered')).length === 2,
    'the first is tried again',
  );
  const [bobs] = await side.get('/v1/deliveries');
  t.match(bobs.attempts, [
    { provider: 'sendgrid', attempt: 1, outcome: 'failed', reason: 'http-503', retryAt: String },
    { provider: 'ses', attempt: 1, outcome: 'failed' },
    { provider: 'sendgrid', attempt: 2, outcome: 'delivered' },
  ]);

  side.sendgrid.behave(() => ({ status: 400, body: { errors: [{ message: 'no', field: 'subject' }] } }));
  side.ses.behave(() => ({
    status: 400,
    headers: { 'x-amzn-errortype': 'MessageRejected' },
    body: { message: 'no' },
  }));
  await side.introduce('cy', { email: 'cy@example.org' });
  await side.struggle('cy');
  await until(async () => (await side.get('/v1/profiles/cy/inbox')).length === 1, 'it is in the app instead');
});

t.test('what no channel takes is a dead letter, and can be sent again', async (t) => {
  const side = await openDeliverySide(t, ['email'], {}, {}, ['analyst', 'support', 'service']);
  const refuses = () => ({ status: 400, body: { errors: [{ message: 'no', field: 'subject' }] } });
  side.sendgrid.behave(refuses);
  side.ses.behave(() => ({ ...refuses(), headers: { 'x-amzn-errortype': 'MessageRejected' } }));
  await side.introduce('ada', ada);
  await side.struggle('ada');
  await until(async () => (await side.get('/v1/deliveries?status=failed')).length === 1, 'it failed');
  const [dead] = await side.get('/v1/deliveries?status=failed');
  t.match(dead, {
    reason: 'message-rejected',
    attempts: [
      { provider: 'sendgrid', reason: 'http-400' },
      { provider: 'ses', reason: 'message-rejected' },
    ],
  });
  const as = (role: AccessRole) => side.secrets.get(role);
  const resend = (key?: string) => side.call('POST', `/v1/interventions/${dead.id}/resend`, undefined, key);
  const list = (key?: string) => side.call('GET', '/v1/deliveries?status=failed', undefined, key);
  t.match(
    (await list(as('analyst'))).body.data,
    [{ id: dead.id, userId: null }],
    'looked at without the person',
  );
  t.equal((await list(as('support'))).status, 403, 'support looks at one person at a time');
  for (const role of ['analyst', 'support'] as const) t.equal((await resend(as(role))).status, 403, role);
  t.equal((await resend(testWriteKey)).status, 403);

  t.match(await resend(as('service')), { status: 200, body: { position: String } });
  const failures = async () =>
    (await side.helpEvents()).filter(({ event }) => event.type === 'InterventionFailed').length;
  await until(async () => (await failures()) === 2, 'it failed again, and is a dead letter again');
  side.sendgrid.behave(sendgridTakes);
  t.match(await resend(), { status: 200, body: { position: String } });
  await side.typesOnce('InterventionDelivered');
  t.match(await resend(), { status: 409, body: { code: 'conflict' } });
  for (const role of ['service', 'administrator'])
    t.match(await side.audited('intervention-resent.v1', undefined, role), { actor: { role } });
  t.match(await side.audited('personal-data-handled.v1', 'resendIntervention'), { actor: Object });
  t.match(await side.call('POST', '/v1/interventions/none.such/resend'), { status: 404 });
});

t.test(
  'after a hard bounce the next channel is used, and the address no more; a new one is free',
  async (t) => {
    const side = await openDeliverySide(t, ['email', 'in_app'], { cooldown: 0 });
    await side.introduce('ada', ada);
    await side.struggle('ada');
    await side.typesOnce('InterventionDelivered');
    const [delivered] = (await side.helpEvents()).slice(-1);
    if (delivered?.event.type !== 'InterventionDelivered') throw new Error('nothing was delivered');
    const { interventionId } = delivered.event.data;
    const { channels } = side.waymark.application.helpDelivery;
    const bounce = () =>
      channels.record({
        ...{ tenantId: 'default', interventionId, channel: 'email', provider: 'sendgrid' },
        ...{ kind: 'hard-bounce', at: Date.now(), providerEventId: 'e1' },
      });
    await bounce();
    await bounce();
    await until(async () => (await side.get('/v1/profiles/ada/inbox')).length === 1, 'it goes on in the app');
    const types = (await side.helpEvents()).map(({ event }) => event.type);
    t.equal(types.filter((type) => type === 'DeliveryBounced').length, 1);
    await until(async () => (await side.get('/v1/suppressions')).length === 1, 'the address is suppressed');
    const [suppression] = await side.get('/v1/suppressions');
    t.match(suppression, { userId: 'ada', channel: 'email', reason: 'hard-bounce', interventionId });

    const subject = side.waymark.application.subjectOf('default', 'user', 'ada');
    const suppressed = async () => [
      ...(await side.waymark.application.helpDelivery.suppressedFor('default', subject)),
    ];
    t.strictSame(await suppressed(), ['email']);
    await side.send({ type: 'identify', userId: 'ada', traits: { email: 'ada@new.example' } });
    await until(async () => (await suppressed()).length === 0, 'the new address is free');
    await side.send({ type: 'identify', userId: 'ada', traits: { email: 'ADA@example.org ' } });
    await until(async () => (await suppressed()).length === 1, 'the old one, however it is written, is not');
    t.match(await side.call('DELETE', `/v1/suppressions/${suppression.id}`), { status: 200 });
    t.strictSame(await suppressed(), []);
    await until(async () => (await side.get('/v1/suppressions')).length === 0, 'nothing is suppressed');
    t.match(await side.call('DELETE', `/v1/suppressions/${suppression.id}`), { status: 404 });
  },
);

t.test('consent withdrawn between two tries ends the channel, and the delivery says so', async (t) => {
  const side = await openDeliverySide(t, ['email', 'in_app']);
  side.sendgrid.behave(isDown);
  side.ses.behave(isDown);
  await side.introduce('ada', ada);
  await side.struggle('ada');
  await until(() => side.ses.requests.length === 1, 'both were tried');
  const withdrawal = { userId: 'ada', decision: 'withdraw', purpose: 'email' };
  t.match(await side.call('POST', '/v1/consents', withdrawal, testWriteKey), { status: 200 });
  await until(async () => (await side.get('/v1/profiles/ada/inbox')).length === 1, 'it is in the app');
  const [delivery] = await side.get('/v1/deliveries');
  t.match(delivery.attempts.slice(2), [
    { channel: 'email', provider: 'none', attempt: 0, reason: 'no-consent' },
    { channel: 'in_app', provider: 'inbox', outcome: 'delivered' },
  ]);
  t.strictSame([side.sendgrid.requests.length, side.ses.requests.length], [1, 1]);
});

t.test('a provider that is silent holds up nobody who is helped in the app', async (t) => {
  const side = await openDeliverySide(t, ['email']);
  side.sendgrid.behave(() => undefined);
  side.ses.behave(() => undefined);
  const many = Array.from({ length: 100 }, (_, at) => `person-${at}`);
  const attempt = (userId: string, feature: string) => ({
    ...{ type: 'track', userId, event: 'Task Attempted', properties: { feature } },
  });
  await side.send(...many.map((userId) => ({ type: 'identify', userId, traits: ada })));
  await until(
    async () => (await side.call('GET', `/v1/profiles/${many.at(-1)}`)).status === 200,
    'all are known',
  );
  await side.send(...many.flatMap((userId) => [attempt(userId, 'export'), attempt(userId, 'export')]));
  await until(() => side.sendgrid.requests.length >= 32, 'as many are called as may be at once');
  await side.send(attempt('bob', 'upload'), attempt('bob', 'upload'));
  await until(async () => (await side.get('/v1/profiles/bob/inbox')).length === 1, 'bob is helped', 5000);
  t.match(await side.get('/v1/profiles/bob/inbox'), [{ featureId: 'upload' }]);
  t.strictSame(await side.get('/v1/deliveries?status=failed'), []);
  // Else the server would wait for their answers before it stops.
  side.sendgrid.hangUp();
  side.ses.hangUp();
});
