import t, { type Test } from 'tap';
import type { ChannelMessage } from '../../../../src/commands/channel.js';
import { isMailAddress, mailContentOf } from '../../../../src/integrations/channels/mailContent.js';
import { contractMessage } from '../../../contracts/channel.js';
import { type SmtpRig, sendgridRig, sesRig, smtpRig } from '../../../support/channelRigs.js';

const signal = new AbortController().signal;
const message: ChannelMessage = { ...contractMessage, address: 'ada@example.org' };

t.test('nothing of a message is markup, and its way out is in the headers and in sight', async (t) => {
  const body = 'One <script>alert(1)</script> & "two"\nhttps://app.example/?a=1&b="><img src=x>';
  const content = mailContentOf({
    ...message,
    language: 'de-AT"><x',
    title: 'Hi\r\nBcc: eve@x.example',
    body,
  });
  t.equal(content.subject, 'Hi Bcc: eve@x.example');
  t.notMatch(content.html, /<script|<img src=x|<x/);
  t.match(content.html, /&lt;script&gt;alert\(1\)&lt;\/script&gt; &amp; &quot;two&quot;<br>/);
  t.match(content.html, '<a href="https://waymark.example/v1/c/');
  t.match(content.html, 'Keine E-Mails dieser Art mehr</a>');
  t.match(content.html, '<img src="https://waymark.example/v1/o/tok" width="1" height="1" alt="">');
  t.match(content.text, /Keine E-Mails dieser Art mehr: https:\/\/waymark\.example\/v1\/unsubscribe\/tok\n$/);
  t.strictSame(content.headers, {
    'Auto-Submitted': 'auto-generated',
    'List-Unsubscribe': '<https://waymark.example/v1/unsubscribe/tok>',
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  });
});

t.test('without an address of our own there are no links of our own', async (t) => {
  const links = { open: null, unsubscribe: null, click: (url: string) => url };
  const { html, text, headers } = mailContentOf({ ...message, links });
  t.equal(text, message.body);
  t.notMatch(html, /<img|waymark\.example/);
  t.match(html, 'href="https://app.example/help?topic=1&amp;step=2"');
  t.strictSame(headers, { 'Auto-Submitted': 'auto-generated' });
});

t.test('addresses', async (t) => {
  for (const good of ['a@b.example', "o'brien+tag@sub.example.org", 'jürgen@müller.example'])
    t.ok(isMailAddress(good));
  for (const bad of ['', 'a', 'a@', '@b', 'a@b@c', 'a b@c', '<a@b>', 'a@b,c@d', 'a@b\nBcc: c@d', 'a;b@c']) {
    t.notOk(isMailAddress(bad), bad);
  }
});

t.test('by SMTP', async (t) => {
  const rig = await smtpRig(t, {});
  t.teardown(() => rig.channel.close());
  const outcome = await rig.channel.send(message, signal);
  t.match(outcome, { outcome: 'accepted', providerMessageId: /^<[0-9a-f]{32}@shop\.example>$/ });
  const [mail = ''] = rig.messages;
  t.match(mail, /^From: Shop <help@shop\.example>\r$/m);
  t.match(mail, /^To: ada@example\.org\r$/m);
  t.match(mail, /^List-Unsubscribe: <https:\/\/waymark\.example\/v1\/unsubscribe\/tok>\r$/m);
  t.match(mail, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
  t.match(mail, /^Content-Type: multipart\/alternative/m);
  if ('providerMessageId' in outcome) t.match(mail, `Message-ID: ${outcome.providerMessageId}`);
});

async function smtpOutcome(t: Test, code: number, text: string) {
  const rig = await smtpRig(t, {});
  t.teardown(() => rig.channel.close());
  rig.refuseRecipient({ code, text });
  return rig.channel.send(message, signal);
}

t.test("what an SMTP server's status means", async (t) => {
  const failed = (reason: string, permanent: boolean, suppress?: string) => ({
    outcome: 'failed',
    reason,
    permanent,
    ...(suppress && { suppress }),
  });
  const cases: [number, string, object][] = [
    [550, '5.1.1 No such user ada@example.org', failed('smtp-550-5.1.1', true, 'hard-bounce')],
    [550, '5.1.10 Null MX', failed('smtp-550-5.1.10', true, 'hard-bounce')],
    [550, 'no such user', failed('smtp-550', true, 'hard-bounce')],
    [552, '5.2.2 Mailbox full', failed('smtp-552-5.2.2', true)],
    [554, '5.7.1 Looks like spam', failed('smtp-554-5.7.1', true)],
    [452, '4.2.2 Mailbox full', failed('smtp-452-4.2.2', false)],
    [450, '4.7.1 Greylisted', failed('smtp-450-4.7.1', false)],
  ];
  for (const [code, text, expected] of cases) t.strictSame(await smtpOutcome(t, code, text), expected, text);
});

t.test(
  'a server that cannot be had, that refuses the password, or that offers no TLS gets no message',
  async (t) => {
    const closed = await smtpRig(t, {}, {}, () => 'smtp://127.0.0.1:1');
    t.teardown(() => closed.channel.close());
    t.match(await closed.channel.send(message, signal), { reason: 'unreachable', permanent: false });

    const locked = await smtpRig(
      t,
      {},
      {
        authOptional: false,
        allowInsecureAuth: true,
        onAuth: (_, __, done) => done(new Error('no such account')),
      },
      (port) => `smtp://user:secret@127.0.0.1:${port}`,
    );
    t.teardown(() => locked.channel.close());
    t.match(await locked.channel.send(message, signal), { reason: 'credentials-refused', permanent: false });

    const plain = await smtpRig(t, {}, {}, undefined, true);
    t.teardown(() => plain.channel.close());
    t.match(await plain.channel.send(message, signal), { outcome: 'failed', permanent: false });
    t.strictSame(plain.messages, []);

    // Its certificate is its own.
    const strange = await smtpRig(t, {}, { disabledCommands: [] }, undefined, true);
    t.teardown(() => strange.channel.close());
    t.match(await strange.channel.send(message, signal), { reason: 'unreachable', permanent: false });
    t.strictSame(strange.messages, []);
  },
);

t.test('a connection that breaks after the message leaves it unknown, and is not tried again', async (t) => {
  let came = 0;
  const rig: SmtpRig = await smtpRig(
    t,
    {},
    {
      onData(stream) {
        stream.resume();
        stream.on('end', () => {
          came += 1;
          rig.breakConnections();
        });
      },
    },
  );
  t.teardown(() => rig.channel.close());
  await t.rejects(rig.channel.send(message, signal), { code: 'delivery-unknown' });
  t.equal(came, 1);
});

t.test('by SendGrid', async (t) => {
  const rig = await sendgridRig(t, {});
  t.teardown(() => rig.channel.close());
  t.strictSame(await rig.channel.send(message, signal), { outcome: 'accepted', providerMessageId: 'sg-1' });
  const [request] = rig.deliveries();
  t.match(request, { method: 'POST', path: '/v3/mail/send', headers: { authorization: 'Bearer SG.test' } });
  const off = { enable: false };
  t.match(JSON.parse(request?.body ?? ''), {
    personalizations: [{ to: [{ email: 'ada@example.org' }], custom_args: { waymark: String } }],
    from: { email: 'help@shop.example', name: 'Shop' },
    content: [{ type: 'text/plain' }, { type: 'text/html' }],
    headers: { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    tracking_settings: { click_tracking: off, open_tracking: off, subscription_tracking: off },
  });
  const cases: [number, object, object][] = [
    [
      400,
      { errors: [{ message: 'Does not contain a valid address.', field: 'personalizations.0.to.0.email' }] },
      { permanent: true, suppress: 'invalid-address' },
    ],
    [413, {}, { reason: 'http-413', permanent: true }],
    [
      401,
      { errors: [{ message: 'Permission denied' }] },
      { reason: 'credentials-refused', permanent: false },
    ],
    [302, {}, { reason: 'http-302', permanent: false }],
  ];
  for (const [status, body, expected] of cases) {
    rig.server.behave(() => ({ status, body }));
    t.match(await rig.channel.send(message, signal), { outcome: 'failed', ...expected }, `${status}`);
  }
});

t.test('by SES', async (t) => {
  const rig = await sesRig(t, {});
  t.teardown(() => rig.channel.close());
  t.strictSame(await rig.channel.send(message, signal), { outcome: 'accepted', providerMessageId: 'ses-1' });
  const [request] = rig.deliveries();
  t.match(request, {
    method: 'POST',
    path: '/v2/email/outbound-emails',
    headers: {
      authorization: /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/ses\/aws4_request/,
    },
  });
  t.match(JSON.parse(request?.body ?? ''), {
    FromEmailAddress: 'Shop <help@shop.example>',
    Destination: { ToAddresses: ['ada@example.org'] },
    ConfigurationSetName: 'waymark',
    EmailTags: [{ Name: 'waymark', Value: /^[A-Za-z0-9_-]{1,256}$/ }],
    Content: { Simple: { Headers: [{}, { Name: 'List-Unsubscribe' }, { Name: 'List-Unsubscribe-Post' }] } },
  });
  const cases: [number, string, object][] = [
    [400, 'AccountSuspendedException', { reason: 'account-refused', permanent: false }],
    [400, 'MailFromDomainNotVerifiedException', { reason: 'account-refused', permanent: false }],
    [400, 'LimitExceededException', { reason: 'rate-limited', permanent: false }],
    [400, 'BadRequestException', { reason: 'http-400', permanent: true }],
    [403, 'AccessDeniedException', { reason: 'credentials-refused', permanent: false }],
  ];
  for (const [status, type, expected] of cases) {
    rig.server.behave(() => ({ status, headers: { 'x-amzn-errortype': type } }));
    t.match(await rig.channel.send(message, signal), { outcome: 'failed', ...expected }, type);
  }
});
