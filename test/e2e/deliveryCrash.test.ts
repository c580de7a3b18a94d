import t from 'tap';
import { clientOf, mailSettings, openMailServers, strategyOver } from '../support/deliverySide.js';
import { startServerProcess } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';
import { until } from '../support/until.js';

t.setTimeout(180_000);

t.test('a call that a crash cut short is not made twice', async (t) => {
  const { sendgrid, ses } = await openMailServers(t);
  const folder = testFolder(t);
  const settings = mailSettings(sendgrid, ses);
  const first = await startServerProcess(folder, settings);
  t.teardown(() => first.kill());
  const before = clientOf(first.url);
  const over = (feature: string, channels: readonly string[]) =>
    strategyOver(channels, { trigger: { kind: 'struggle', on: 'detected', features: [feature] } });
  await before.call('PUT', '/v1/strategies/both', over('export', ['email', 'in_app']));
  await before.call('PUT', '/v1/strategies/mail', over('upload', ['email']));
  await before.introduce('ada', { email: 'ada@example.org' });
  await before.introduce('bob', { email: 'bob@example.org' });
  // It takes the messages, and the answers never come.
  sendgrid.behave(() => undefined);
  await before.struggle('ada');
  await before.struggle('bob', 'upload');
  await until(() => sendgrid.requests.length === 2, 'the provider was called');
  await first.kill();
  sendgrid.behave(() => ({ status: 202 }));
  const second = await startServerProcess(folder, settings);
  t.teardown(() => second.kill());
  const { get, call } = clientOf(second.url);

  await until(
    async () => (await get('/v1/profiles/ada/inbox')).length === 1,
    'ada has it in the app',
    60_000,
  );
  const shown = async (status: string) => get(`/v1/deliveries?status=${status}`);
  await until(async () => (await shown('delivered')).length === 1, 'it is known');
  t.match(await shown('delivered'), [
    {
      ...{ userId: 'ada', channel: 'in_app' },
      attempts: [
        { provider: 'sendgrid', attempt: 1, outcome: 'failed', reason: 'unknown-outcome' },
        { provider: 'inbox', outcome: 'delivered' },
      ],
    },
  ]);

  await until(
    async () => (await shown('failed')).length === 1,
    'where nothing is left it is given up',
    60_000,
  );
  const [dead] = await shown('failed');
  t.match(dead, { userId: 'bob', reason: 'unknown-outcome' });
  t.equal(sendgrid.requests.length, 2, 'neither was sent again');
  t.equal(ses.requests.length, 0, 'nor by another provider');
  t.match(await call('POST', `/v1/interventions/${dead.id}/resend`), { status: 200 });
  await until(() => sendgrid.requests.length === 3, 'somebody decided to have it sent again');
});
