import { generateKeyPairSync, sign } from 'node:crypto';
import t from 'tap';
import { clientOf, mailSettings, openMailServers, strategyOver } from '../support/deliverySide.js';
import { eraseByRequest, requestConcluded } from '../support/erasures.js';
import { startServerProcess } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';

t.setTimeout(180_000);
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

t.test('from a struggle to an e-mail, to what the provider tells, to the measured effect', async (t) => {
  const { sendgrid, ses } = await openMailServers(t);
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const settings = { ...mailSettings(sendgrid, ses), SENDGRID_WEBHOOK_PUBLIC_KEY: key };
  const server = await startServerProcess(testFolder(t), settings);
  t.teardown(() => server.kill());
  const { call, get, send, struggle, introduce } = clientOf(server.url);
  t.equal((await call('PUT', '/v1/strategies/by-mail', strategyOver(['email']))).status, 200);
  await introduce('ada', { email: 'ada@example.org' });
  await struggle('ada');
  await until(() => sendgrid.requests.length === 1, 'the e-mail is sent');

  const mail = sendgrid.requests[0]?.body ?? '';
  const [, reference] = /"waymark":"([\w-]+)"/.exec(mail) ?? [];
  async function tell(...kinds: readonly string[]) {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const events = kinds.map((event) => ({
      ...{ event, sg_event_id: `${event}-1`, timestamp: Number(timestamp), waymark: reference },
      email: 'ada@example.org',
    }));
    const body = JSON.stringify(events);
    const signature = sign('sha256', Buffer.from(timestamp + body), privateKey).toString('base64');
    const answer = await fetch(`${server.url}/v1/callbacks/sendgrid`, {
      method: 'POST',
      body,
      headers: {
        'x-twilio-email-event-webhook-timestamp': timestamp,
        'x-twilio-email-event-webhook-signature': signature,
      },
    });
    t.equal(answer.status, 204, await answer.text());
  }
  await until(async () => (await get('/v1/deliveries?status=delivered')).length === 1, 'it is delivered');
  await tell('delivered', 'open', 'click');
  await tell('delivered', 'open', 'click');
  await until(async () => (await get('/v1/interventions?status=clicked')).length === 1, 'it was clicked');
  const [clicked] = await get('/v1/interventions');
  t.match(clicked, { openedAt: String, attempts: [{ provider: 'sendgrid', outcome: 'confirmed' }] });

  await send({ type: 'track', userId: 'ada', event: 'Task Completed', properties: { feature: 'export' } });
  const effects = () => get('/v1/effects?strategy=by-mail&groupBy=channel');
  await until(async () => (await effects()).total.treated.reached === 1, 'the outcome is measured');
  t.match(await effects(), {
    considered: 1,
    complete: true,
    total: {
      treated: { count: 1, reached: 1, open: 0, rate: 1 },
      holdout: { count: 0, rate: null },
      ...{ lift: null, sample: 'none', delivered: 1, responses: { opened: 1, clicked: 1 } },
    },
    groups: [{ group: 'email', treated: { count: 1 } }],
  });

  await tell('spamreport');
  await until(async () => (await get('/v1/suppressions')).length === 1, 'the address is suppressed');
  t.match(await get('/v1/suppressions'), [{ userId: 'ada', channel: 'email', reason: 'complaint' }]);

  const erasure = await eraseByRequest(server.url, 'ada');
  t.equal(await requestConcluded(server.url, erasure), 'completed');
  for (const path of ['/v1/deliveries', '/v1/suppressions', '/v1/interventions'])
    t.strictSame(await get(path), [], path);
  t.match(await effects(), { considered: 0 });
  await tell('bounce');
  t.strictSame(await get('/v1/suppressions'), [], 'of an erased person nothing is recorded');
});
