import { createHmac, sign } from 'node:crypto';
import t from 'tap';
import { defaultHelpPolicy } from '../../src/domain/helpPolicy/policy.js';
import { openDeliverySide } from '../support/deliverySide.js';
import { startProviderServer } from '../support/providerServer.js';
import { snsCertificate, snsPrivateKey } from '../support/snsCertificate.js';
import { until } from '../support/until.js';

t.setTimeout(60_000);
const topicArn = 'arn:aws:sns:eu-central-1:123456789012:mail';
const certificateUrl =
  'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem';

/** As SNS posts it, signed by the key of the certificate that it names. */
function notification(event: object, forged: object = {}): string {
  const fields = {
    Message: JSON.stringify(event),
    MessageId: `m-${Object.values(event)[0]}`,
    Timestamp: new Date().toISOString(),
    TopicArn: topicArn,
    Type: 'Notification',
  };
  const text = Object.entries(fields)
    .map(([name, value]) => `${name}\n${value}\n`)
    .join('');
  const Signature = sign('sha256', Buffer.from(text), snsPrivateKey).toString('base64');
  return JSON.stringify({
    ...fields,
    SignatureVersion: '2',
    SigningCertURL: certificateUrl,
    Signature,
    ...forged,
  });
}

t.test(
  'what SES tells by SNS, and Twilio by its callback, is taken over HTTP where it is signed',
  async (t) => {
    // Amazon's own host is the one thing that is not there; all else is asked as ever.
    const realFetch = globalThis.fetch;
    t.intercept(globalThis, 'fetch', {
      value: async (...asked: Parameters<typeof fetch>) =>
        String(asked[0]) === certificateUrl ? new Response(snsCertificate) : realFetch(...asked),
    });
    const twilio = await startProviderServer(() => ({ status: 201, body: { sid: 'SM1', status: 'queued' } }));
    t.teardown(() => twilio.close());
    const side = await openDeliverySide(
      t,
      ['email', 'sms'],
      {},
      {
        WAYMARK_CHANNEL_ORDER: 'email=ses,sendgrid',
        WAYMARK_SES_TOPIC_ARN: topicArn,
        WAYMARK_SES_CONFIGURATION_SET: 'waymark',
        ...{
          TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
          TWILIO_AUTH_TOKEN: 'secret',
          TWILIO_FROM: '+4915112345678',
        },
        TWILIO_BASE_URL: twilio.url,
      },
    );
    const post = async (provider: string, body: string, headers: Record<string, string> = {}, query = '') => {
      const sent = await fetch(`${side.waymark.url}/v1/callbacks/${provider}${query}`, {
        method: 'POST',
        body,
        headers,
      });
      return sent.status;
    };
    // Whatever the time of day is.
    const data = { version: 0, policy: { ...defaultHelpPolicy, quietHours: null }, at: 0, by: 'test' };
    await side.waymark.application.help.policies.execute(
      'default',
      { type: 'ChangeHelpPolicy', data },
      'test',
    );
    await side.introduce('ada', { email: 'ada@example.org', phone: '+491701234567' });
    await side.struggle('ada');
    const only = async () => (await side.get('/v1/deliveries'))[0];
    await until(async () => (await only())?.status === 'delivered', 'SES has it');

    const tags = {
      waymark: [/"Name":"waymark","Value":"([\w-]+)"/.exec(side.ses.requests[0]?.body ?? '')?.[1]],
    };
    const event = (eventType: string, more: object = {}) => ({ eventType, mail: { tags }, ...more });
    t.equal(await post('ses', notification(event('Delivery'), { Message: '{}' })), 403, 'another text');
    t.equal(
      await post('ses', notification(event('Delivery'), { TopicArn: `${topicArn}2` })),
      403,
      'another topic',
    );
    t.equal(await post('ses', '{'), 403);
    t.equal(await post('ses', notification(event('Delivery'))), 204);
    await until(async () => (await only()).attempts[0].outcome === 'confirmed', 'it arrived');
    t.equal(await post('ses', notification(event('Bounce', { bounce: { bounceType: 'Permanent' } }))), 204);
    await until(() => twilio.requests.length === 1, 'it goes on by SMS');
    await until(async () => (await side.get('/v1/suppressions')).length === 1, 'the address is suppressed');

    const form = new URLSearchParams(twilio.requests[0]?.body);
    const callback = new URL(form.get('StatusCallback') ?? '');
    t.equal(`${callback.origin}${callback.pathname}`, 'https://waymark.example/v1/callbacks/twilio');
    const status = { MessageSid: 'SM1', MessageStatus: 'delivered' };
    const signed = (token: string) => {
      const text = `${callback.href}MessageSid${status.MessageSid}MessageStatus${status.MessageStatus}`;
      return { 'x-twilio-signature': createHmac('sha1', token).update(text).digest('base64') };
    };
    const body = new URLSearchParams(status).toString();
    const asForm = { 'content-type': 'application/x-www-form-urlencoded' };
    t.equal(await post('twilio', body, { ...asForm, ...signed('guessed') }, callback.search), 403);
    t.equal(await post('twilio', body, { ...asForm, ...signed('secret') }, '?message=another'), 403);
    t.equal(await post('twilio', body, { ...asForm, ...signed('secret') }, callback.search), 204);
    const arrived = async () => {
      const { status: is, channel, attempts } = await only();
      return is === 'delivered' && channel === 'sms' && attempts.at(-1).outcome === 'confirmed';
    };
    await until(arrived, 'the SMS arrived');
    const { length } = await side.helpEvents();
    t.equal(await post('twilio', body, { ...asForm, ...signed('secret') }, callback.search), 204);
    t.equal(await post('ses', notification(event('Delivery'))), 204);
    t.equal((await side.helpEvents()).length, length, 'told again it changes nothing');
    t.equal(await post('sendgrid', '[]'), 404, 'no key was given for it');
  },
);
