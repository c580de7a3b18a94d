import t, { type Test } from 'tap';
import { clientOf, mailSettings, openMailServers, strategyOver } from '../support/deliverySide.js';
import { startServerProcess } from '../support/serverProcess.js';
import { until } from '../support/until.js';

t.setTimeout(180_000);

/** A server that is killed while its provider is being called, and started again. */
async function killDuringCall(t: Test, over: readonly string[]) {
  const { sendgrid, ses } = await openMailServers(t);
  const folder = t.testdir();
  const settings = mailSettings(sendgrid, ses);
  const first = await startServerProcess(folder, settings);
  t.teardown(() => first.kill());
  const client = clientOf(first.url);
  const made = await client.call('PUT', '/v1/strategies/by-mail', strategyOver(over));
  t.equal(made.status, 200);
  await client.introduce('ada', { email: 'ada@example.org' });
  // It takes the message, and the answer never comes.
  sendgrid.behave(() => undefined);
  await client.struggle('ada');
  await until(() => sendgrid.requests.length === 1, 'the provider was called');
  await first.kill();
  sendgrid.behave(() => ({ status: 202 }));
  const second = await startServerProcess(folder, settings);
  t.teardown(() => second.kill());
  return { sendgrid, ses, ...clientOf(second.url) };
}

t.test('a call that a crash cut short is not made twice', async (t) => {
  const { sendgrid, ses, get } = await killDuringCall(t, ['email', 'in_app']);
  const inbox = async () => (await get('/v1/profiles/ada/inbox')).length === 1;
  await until(inbox, 'it is in the app instead', 60_000);
  const [delivery] = await get('/v1/deliveries');
  t.match(delivery, {
    status: 'delivered',
    channel: 'in_app',
    attempts: [
      { provider: 'sendgrid', attempt: 1, outcome: 'failed', reason: 'unknown-outcome' },
      { provider: 'inbox', outcome: 'delivered' },
    ],
  });
  t.equal(sendgrid.requests.length, 1);
  t.equal(ses.requests.length, 0, 'nor by another provider');
});

t.test('where nothing else is left it is a dead letter, for somebody to decide about', async (t) => {
  const { sendgrid, get, call } = await killDuringCall(t, ['email']);
  await until(
    async () => (await get('/v1/deliveries?status=failed')).length === 1,
    'it was given up',
    60_000,
  );
  const [dead] = await get('/v1/deliveries?status=failed');
  t.match(dead, { reason: 'unknown-outcome' });
  t.equal(sendgrid.requests.length, 1);
  t.match(await call('POST', `/v1/interventions/${dead.id}/resend`), { status: 200 });
  await until(() => sendgrid.requests.length === 2, 'it was sent again');
});
