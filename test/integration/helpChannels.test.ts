import { generateKeyPairSync, sign } from 'node:crypto';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { channelsOf } from '../../src/channelConfiguration.js';
import { channelEnvironment } from '../../src/channelEnvironment.js';
import type { ProviderNews } from '../../src/commands/providerNews.js';
import { openHelpChannels } from '../../src/composition/helpChannels.js';
import { startWaymark } from '../../src/composition/waymark.js';
import { linkTokens } from '../../src/http/help/linkTokens.js';
import { createLogger } from '../../src/http/logger.js';
import { referenceOf } from '../../src/integrations/channels/messageReference.js';
import { contractMessage } from '../contracts/channel.js';
import { startRecordingServer } from '../support/recordingServer.js';
import { testFolder } from '../support/testFolder.js';
import { testConfiguration } from '../support/waymark.js';

t.setTimeout(60_000);
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

const readiness = z.object({ dependencies: z.array(z.object({ name: z.string(), state: z.string() })) });

function configurationOf(given: Record<string, string>) {
  return channelsOf(z.object(channelEnvironment).parse(given), []);
}
const settings = {
  WAYMARK_PUBLIC_URL: 'https://waymark.example/',
  WAYMARK_EMAIL_FROM: 'Shop <help@shop.example>',
  SENDGRID_API_KEY: 'SG.x',
  SENDGRID_WEBHOOK_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  SMTP_URL: 'smtps://mail.shop.example',
  WAYMARK_CHANNEL_ORDER: 'email=sendgrid',
};

/** The whole product. */
async function start(t: Test) {
  const configuration = { ...testConfiguration(testFolder(t)), channels: configurationOf(settings) };
  const waymark = await startWaymark(configuration, createLogger('silent'));
  t.teardown(() => waymark.stop());
  const tokens = linkTokens(waymark.application.signerFor('message links'));
  const subject = waymark.application.subjectOf('default', 'user', 'ann');
  const message = { tenantId: 'default', interventionId: 'd1.first-help', channel: 'email' as const };
  const mayReach = async () =>
    (await waymark.application.consents.mayProcess('default', subject, 'personalisation', 'email')).allowed;
  const unsubscribe = tokens.mint({ kind: 'unsubscribe', ...message, subject, language: 'de' });
  return { waymark, tokens, message, unsubscribe, mayReach };
}

t.test('the way out: asked by GET, done by POST, in the language of the message', async (t) => {
  const { waymark, unsubscribe, mayReach, tokens, message } = await start(t);
  const url = `${waymark.url}/v1/unsubscribe/${unsubscribe}`;
  const asked = await fetch(url);
  t.equal(asked.status, 200);
  const page = await asked.text();
  t.match(page, /<html lang="de">[\s\S]*Ja, abmelden/);
  t.match(
    asked.headers.get('content-security-policy'),
    /default-src 'none'; style-src 'sha256-.+frame-ancestors 'none'/,
  );
  t.equal(asked.headers.get('referrer-policy'), 'no-referrer');
  t.equal((await fetch(url, { method: 'HEAD' })).status, 405);
  t.equal(await mayReach(), true, 'looking changes nothing');
  const form = { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) };
  const done = await fetch(url, form);
  t.equal(done.status, 200);
  t.match(await done.text(), 'Erledigt');
  t.equal(await mayReach(), false);
  t.equal((await fetch(url, form)).status, 200, 'again');
  for (const bad of ['x', `${unsubscribe}x`, tokens.mint({ kind: 'open', ...message })]) {
    for (const method of ['GET', 'POST']) {
      t.equal((await fetch(`${waymark.url}/v1/unsubscribe/${bad}`, { method })).status, 404);
    }
  }
  t.equal((await fetch(url, { method: 'POST', body: 'x'.repeat(2000) })).status, 413);
});

t.test('a link leads to its own address alone', async (t) => {
  const { waymark, tokens, message } = await start(t);
  const target = 'https://app.example/help?topic=1';
  const click = tokens.mint({ kind: 'click', ...message, url: target });
  const answer = await fetch(`${waymark.url}/v1/c/${click}?url=https://evil.example`, { redirect: 'manual' });
  t.equal(answer.status, 302);
  t.equal(answer.headers.get('location'), target);
  const [claims = '', signature = ''] = click.split('.');
  const forged = Buffer.from(
    Buffer.from(claims, 'base64url').toString().replace('app.example', 'evil.example'),
  );
  for (const bad of [
    `${forged.toString('base64url')}.${signature}`,
    claims,
    `${claims}.`,
    tokens.mint({ kind: 'open', ...message }),
  ]) {
    t.equal((await fetch(`${waymark.url}/v1/c/${bad}`, { redirect: 'manual' })).status, 404);
  }
  const open = await fetch(`${waymark.url}/v1/o/${tokens.mint({ kind: 'open', ...message })}`);
  t.match(
    { status: open.status, type: open.headers.get('content-type') },
    { status: 200, type: 'image/gif' },
  );
});

t.test('each provider is named with the state of its breaker, and the server is ready', async (t) => {
  const { waymark } = await start(t);
  const ready = await fetch(`${waymark.url}/readyz`);
  t.equal(ready.status, 200);
  const { dependencies } = readiness.parse(await ready.json());
  const providers = dependencies.filter(({ name }) => name.startsWith('provider '));
  t.strictSame(
    providers.map(({ name, state }) => [name, state]),
    [
      ['provider sendgrid', 'breaker closed'],
      ['provider smtp', 'breaker closed'],
    ],
  );
  t.match(
    await (await fetch(`${waymark.url}/metrics`)).text(),
    'waymark_delivery_breaker_state{channel="email",provider="smtp"} 0',
  );
  t.equal(waymark.engines.channel, 'in-app inbox, sendgrid, smtp');
});

t.test('what providers and links tell is handed on; what is not theirs is refused', async (t) => {
  const { waymark } = await start(t);
  const news: ProviderNews[] = [];
  const parts = await openHelpChannels({
    configuration: configurationOf(settings),
    application: waymark.application,
    sharing: waymark.stores.sharing,
    record: async (each) => void news.push(each),
  });
  t.teardown(() => parts.close());
  const server = await startRecordingServer({ plugins: [...parts.routes] });
  t.teardown(() => server.close());
  const post = (provider: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/v1/callbacks/${provider}`, { method: 'POST', body, headers });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const event = {
    event: 'bounce',
    type: 'bounce',
    sg_event_id: 'e1',
    timestamp: Number(timestamp),
    waymark: referenceOf(contractMessage),
    email: 'ada@example.org',
  };
  const body = JSON.stringify([event, { ...event, waymark: 'x' }]);
  const signature = sign('sha256', Buffer.from(timestamp + body), privateKey).toString('base64');
  const headers = {
    'x-twilio-email-event-webhook-timestamp': timestamp,
    'x-twilio-email-event-webhook-signature': signature,
  };
  t.equal((await post('sendgrid', body, headers)).status, 204);
  t.match(news, [{ kind: 'hard-bounce', interventionId: contractMessage.data.interventionId }]);
  t.equal(news.length, 1);
  t.equal((await post('sendgrid', `${body} `, headers)).status, 403);
  t.equal((await post('sendgrid', '')).status, 403);
  t.equal((await post('sendgrid', 'x'.repeat(1024 * 1024 + 1), headers)).status, 413);
  t.equal((await post('twilio', body)).status, 404, 'not configured');
  t.equal((await post('__proto__', body)).status, 404);
  t.equal(news.length, 1);

  const links = parts.linksFor({
    tenantId: 'default',
    interventionId: 'd1.s',
    channel: 'email',
    subject: 'f00d',
    language: 'en',
  });
  const local = (url: string | null) => `${url}`.replace('https://waymark.example', server.url);
  await fetch(local(links.open), { headers: { 'sec-purpose': 'prefetch' } });
  t.equal(news.length, 1, 'a browser that guesses has opened nothing');
  await fetch(local(links.open));
  await fetch(local(links.click('https://app.example/')), { redirect: 'manual' });
  t.match(news.slice(1), [
    { kind: 'opened', provider: 'links', interventionId: 'd1.s', channel: 'email' },
    { kind: 'clicked', provider: 'links' },
  ]);
  for (let more = 0; more < 30; more++) await fetch(local(links.open));
  t.ok(news.length < 25, 'one message cannot make news without end');
  t.notMatch(server.logLines.join(''), /ada@|d1\.s|Lovelace/);
});
