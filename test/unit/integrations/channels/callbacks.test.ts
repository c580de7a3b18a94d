import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import t from 'tap';
import type { ProviderCallback } from '../../../../src/commands/providerNews.js';
import { readReference, referenceOf } from '../../../../src/integrations/channels/messageReference.js';
import { readSendgridCallback } from '../../../../src/integrations/channels/sendgridCallback.js';
import { readSesCallback } from '../../../../src/integrations/channels/sesCallback.js';
import { readTwilioCallback } from '../../../../src/integrations/channels/twilioCallback.js';
import { contractMessage, contractNow } from '../../../contracts/channel.js';
import { snsCertificate, snsPrivateKey } from '../../../support/snsCertificate.js';

const now = () => contractNow;
const reference = referenceOf(contractMessage);
const about = { tenantId: 'default', interventionId: contractMessage.data.interventionId };

function callback(body: string, headers: Record<string, string> = {}, path = '/'): ProviderCallback {
  return { body: Buffer.from(body), header: (name) => headers[name], path };
}

t.test('a reference says which message it is, and anything else is none', async (t) => {
  t.strictSame(readReference(reference), about);
  for (const bad of [
    undefined,
    7,
    '',
    'é',
    'abc',
    Buffer.from('[1,2]').toString('base64url'),
    'A'.repeat(600),
  ]) {
    t.equal(readReference(bad), undefined);
  }
});

t.test('events of SendGrid', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const read = readSendgridCallback(publicKey, now);
  const seconds = contractNow / 1000;
  const signed = (body: string, timestamp = String(seconds), signedBody = body) =>
    callback(body, {
      'x-twilio-email-event-webhook-timestamp': timestamp,
      'x-twilio-email-event-webhook-signature': sign(
        'sha256',
        Buffer.from(timestamp + signedBody),
        privateKey,
      ).toString('base64'),
    });
  const event = (name: string, more: object = {}) => ({
    email: 'ada@example.org',
    event: name,
    sg_event_id: `id-${name}`,
    timestamp: seconds - 5,
    waymark: reference,
    ...more,
  });
  const kinds: [object, string | undefined][] = [
    [event('processed'), undefined],
    [event('delivered'), 'delivered'],
    [event('bounce', { type: 'bounce' }), 'hard-bounce'],
    [event('bounce', { type: 'blocked' }), 'soft-bounce'],
    [event('dropped', { reason: 'Spam Reporting Address' }), 'complaint'],
    [event('dropped', { reason: 'Bounced Address' }), 'hard-bounce'],
    [event('spamreport'), 'complaint'],
    [event('group_unsubscribe'), 'unsubscribed'],
    [event('open'), 'opened'],
    [event('click', { url: 'https://app.example' }), 'clicked'],
    [{ ...event('open'), waymark: 'of another application' }, undefined],
    [{ event: 7 }, undefined],
  ];
  const news = await read(signed(JSON.stringify(kinds.map(([given]) => given))));
  t.strictSame(
    news?.map(({ kind }) => kind),
    kinds.flatMap(([, kind]) => kind ?? []),
  );
  t.match(news?.[0], {
    ...about,
    channel: 'email',
    provider: 'sendgrid',
    at: contractNow - 5000,
    providerEventId: 'id-delivered',
  });
  t.notMatch(JSON.stringify(news), 'ada@');
  const body = JSON.stringify([event('open')]);
  t.equal(await read(signed(body, String(seconds), '[]')), undefined, 'another body');
  t.equal(await read(signed(body, String(seconds - 90_001))), undefined, 'too long ago');
  t.equal(await read(signed(body, String(seconds + 600))), undefined, 'from the future');
  t.equal(await read(callback(body)), undefined, 'unsigned');
  t.equal(await read(signed('{"a":')), undefined, 'no JSON');
});

t.test('events of SES, by SNS', async (t) => {
  const topicArn = 'arn:aws:sns:eu-central-1:123456789012:mail';
  const certificateUrl =
    'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem';
  const asked: string[] = [];
  // The certificate is of today.
  const today = Date.now();
  const read = readSesCallback({
    topicArn,
    now: () => today,
    async read(url) {
      asked.push(url.href);
      return url.pathname.endsWith('.pem') ? snsCertificate : '<ok/>';
    },
  });
  const posted = (given: Record<string, string>, version = '2', forged = {}) => {
    const base = {
      MessageId: 'm-1',
      TopicArn: topicArn,
      Timestamp: new Date(today).toISOString(),
      SignatureVersion: version,
      SigningCertURL: certificateUrl,
      ...given,
    };
    const names =
      given.Type === 'Notification'
        ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
        : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
    const fields = new Map(Object.entries(base));
    const text = names
      .flatMap((name) => (fields.has(name) ? [`${name}\n${fields.get(name)}\n`] : []))
      .join('');
    const hash = version === '1' ? 'sha1' : 'sha256';
    const Signature = sign(hash, Buffer.from(text), snsPrivateKey).toString('base64');
    return callback(JSON.stringify({ ...base, Signature, ...forged }));
  };
  const event = (eventType: string, more: object = {}) => ({
    Type: 'Notification',
    Message: JSON.stringify({
      eventType,
      mail: { messageId: 'ses-1', tags: { waymark: [reference] } },
      ...more,
    }),
  });
  const kinds: [Record<string, string>, string | undefined][] = [
    [event('Send'), undefined],
    [event('Delivery'), 'delivered'],
    [event('Bounce', { bounce: { bounceType: 'Permanent', bouncedRecipients: [] } }), 'hard-bounce'],
    [event('Bounce', { bounce: { bounceType: 'Transient' } }), 'soft-bounce'],
    [event('Complaint'), 'complaint'],
    [event('Open'), 'opened'],
    [event('Click'), 'clicked'],
    [event('Subscription'), 'unsubscribed'],
    [{ Type: 'Notification', Message: 'Successfully validated SNS topic' }, undefined],
  ];
  for (const [given, kind] of kinds) {
    const news = await read(posted(given));
    t.strictSame(
      news?.map((each) => each.kind),
      kind === undefined ? [] : [kind],
      kind ?? 'nothing',
    );
  }
  t.match(await read(posted(event('Delivery'), '1')), [
    { ...about, provider: 'ses', providerEventId: 'm-1' },
  ]);
  t.strictSame(new Set(asked), new Set([certificateUrl]));
  t.equal(asked.length, 1, 'the certificate is read once');

  const bad: Record<string, ProviderCallback> = {
    'another text': posted(event('Delivery'), '2', { Message: '{}' }),
    'another topic': posted({ ...event('Delivery'), TopicArn: 'arn:aws:sns:eu-central-1:999999999999:mail' }),
    'too long ago': posted({
      ...event('Delivery'),
      Timestamp: new Date(today - 26 * 3_600_000).toISOString(),
    }),
    'no JSON': callback('{'),
    ...Object.fromEntries(
      [
        'https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-0123456789abcdef.pem',
        'https://evil.example/SimpleNotificationService-0123456789abcdef.pem',
        'http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
        'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
        'https://sns.eu-central-1.amazonaws.com/upload/mine.pem',
        'https://a@sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem',
        'https://s3.amazonaws.com/bucket/SimpleNotificationService-0123456789abcdef.pem',
      ].map((url) => [url, posted({ ...event('Delivery'), SigningCertURL: url })]),
    ),
  };
  for (const [what, given] of Object.entries(bad)) t.equal(await read(given), undefined, what);
  t.equal(asked.length, 1, 'and nobody else is asked for a certificate');

  const confirmation = { Type: 'SubscriptionConfirmation', Message: 'You have chosen', Token: 't' };
  const here = 'https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=t';
  t.strictSame(await read(posted({ ...confirmation, SubscribeURL: here })), []);
  t.equal(asked.at(-1), here);
  t.equal(await read(posted({ ...confirmation, SubscribeURL: 'https://evil.example/?Token=t' })), undefined);
  t.equal(asked.at(-1), here, 'nobody else is told of a confirmation');
});

t.test('status callbacks of Twilio', async (t) => {
  const statusCallback = 'https://waymark.example/v1/callbacks/twilio';
  const read = readTwilioCallback({ authToken: 'secret', statusCallback, now });
  const posted = (form: Record<string, string>, query = `?message=${reference}`, authToken = 'secret') => {
    const text = Object.keys(form)
      .sort()
      .reduce((all, name) => `${all}${name}${form[name]}`, statusCallback + query);
    const signature = createHmac('sha1', authToken).update(text).digest('base64');
    return callback(
      new URLSearchParams(form).toString(),
      { 'x-twilio-signature': signature },
      `/v1/callbacks/twilio${query}`,
    );
  };
  const form = { MessageSid: 'SM1', To: '+491701234567', AccountSid: 'AC1', MessageStatus: 'delivered' };
  t.strictSame(await read(posted(form)), [
    {
      ...about,
      channel: 'sms',
      provider: 'twilio',
      kind: 'delivered',
      at: contractNow,
      providerEventId: 'SM1/delivered',
    },
  ]);
  const kinds: [string, string | undefined, string | undefined][] = [
    ['sent', undefined, undefined],
    ['undelivered', '30003', 'soft-bounce'],
    ['undelivered', '30005', 'hard-bounce'],
    ['failed', '30006', 'hard-bounce'],
    ['failed', '21610', 'unsubscribed'],
    ['read', undefined, 'opened'],
  ];
  for (const [MessageStatus, ErrorCode, kind] of kinds) {
    const news = await read(posted({ ...form, MessageStatus, ...(ErrorCode && { ErrorCode }) }));
    t.strictSame(
      news?.map((each) => each.kind),
      kind === undefined ? [] : [kind],
      MessageStatus,
    );
  }
  t.equal(await read(posted(form, undefined, 'another')), undefined, 'another secret');
  const moved = { ...posted(form), path: '/v1/callbacks/twilio?message=x' };
  t.equal(await read(moved), undefined, 'another message');
  t.equal(await read(callback('MessageSid=SM1')), undefined, 'unsigned');
  t.strictSame(await read(posted(form, '?message=x')), [], 'of another application');
});
