import t from 'tap';
import { smsSize } from '../../src/domain/content/smsSegments.js';
import { defaultHelpPolicy } from '../../src/domain/helpPolicy/policy.js';
import { openDeliverySide } from '../support/deliverySide.js';
import { startProviderServer } from '../support/providerServer.js';
import { until } from '../support/until.js';

const long = Array.from(
  { length: 12 },
  () => 'Choose a shorter range of dates and try the export again.',
).join(' ');

t.test('over another channel a text goes out that fits it, or none, and why is recorded', async (t) => {
  const content = { brief: 'Help.', templates: { en: { title: 'Large exports', body: long } } };
  const side = await openDeliverySide(t, ['email', 'in_app'], { content });
  const refuses = () => ({ status: 400, body: { errors: [{ message: 'no', field: 'subject' }] } });
  side.sendgrid.behave(refuses);
  side.ses.behave(() => ({ ...refuses(), headers: { 'x-amzn-errortype': 'MessageRejected' } }));
  await side.introduce('ada', { email: 'ada@example.org' });
  await side.struggle('ada');
  await until(
    async () => (await side.get('/v1/profiles/ada/inbox')).length === 1,
    'it is in the app instead',
  );
  t.match(side.sendgrid.requests[0]?.body, long, 'the mail had all of it');
  const [shown] = await side.get('/v1/profiles/ada/inbox');
  t.ok(shown.body.length <= defaultHelpPolicy.compliance.maxLength.in_app.body);
  await until(async () => (await side.get('/v1/interventions'))[0].status === 'delivered', 'it is known');
  t.match((await side.get('/v1/interventions'))[0], {
    ...{ channel: 'in_app', title: shown.title, body: shown.body },
    author: { kind: 'template', name: /^repeated_attempts/ },
  });
  const events = async () => (await side.helpEvents()).map(({ event }) => event);
  const refused = async () => (await events()).flatMap((e) => (e.type === 'TextRefused' ? [e.data] : []));
  t.match(await refused(), [
    { channel: 'in_app', author: { name: 'by-mail.en' }, reasons: [{ code: 'too-long' }] },
  ]);
  t.equal((await refused()).length, 1, 'it is refused once');
  t.notMatch(
    JSON.stringify(await events(), (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    /shorter range/,
    'texts are sealed',
  );

  const requiredPhrases = [{ phrase: 'Byron Exports Ltd', channels: ['in_app' as const] }];
  const compliance = { ...defaultHelpPolicy.compliance, requiredPhrases };
  const data = { version: 0, policy: { ...defaultHelpPolicy, compliance }, at: 0, by: 'test' };
  await side.waymark.application.help.policies.execute('default', { type: 'ChangeHelpPolicy', data }, 'test');
  await side.introduce('bob', { email: 'bob@example.org' });
  await side.struggle('bob');
  const failed = async () => side.get('/v1/deliveries?status=failed');
  await until(async () => (await failed()).length === 1, 'nothing fits the app');
  t.match(await failed(), [{ userId: 'bob', reason: 'unfit-text', attempts: { 2: { channel: 'in_app' } } }]);
  t.strictSame(await side.get('/v1/profiles/bob/inbox'), []);
  t.match((await refused()).at(-1), { channel: 'in_app', reasons: [{ code: 'missing-phrase' }] });
});

t.test('a text message that its links make too long is replaced before it is sent', async (t) => {
  const twilio = await startProviderServer(() => ({ status: 201, body: { sid: 'SM1' } }));
  t.teardown(() => twilio.close());
  const link = 'https://shop.example/exports';
  const body = `${'Choose a shorter range of dates and try it again. '.repeat(5)}More stands at ${link}`;
  const templates = { en: { title: 'Large exports', body } };
  const content = { brief: 'Help.', templates };
  const side = await openDeliverySide(
    t,
    ['sms'],
    { content },
    {
      ...{ TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'secret' },
      ...{ TWILIO_FROM: '+4915112345678', TWILIO_BASE_URL: twilio.url },
    },
  );
  const compliance = { ...defaultHelpPolicy.compliance, allowedLinkHosts: ['shop.example'] };
  // Else no text message goes out at night.
  const policy = { ...defaultHelpPolicy, compliance, quietHours: null };
  const data = { version: 0, policy, at: 0, by: 'test' };
  await side.waymark.application.help.policies.execute('default', { type: 'ChangeHelpPolicy', data }, 'test');
  const preview = await side.call('POST', '/v1/content/preview', { channel: 'sms', content: { templates } });
  t.match(preview.body.data, { faults: [{ code: 'too-long' }], sms: { encoding: 'gsm-7', segments: 4 } });
  await side.introduce('ada', { phone: '+4915112345679' });
  await side.struggle('ada');
  await until(() => twilio.requests.length === 1, 'a text message is sent');
  const sent = new URLSearchParams(twilio.requests[0]?.body).get('Body') ?? '';
  t.notMatch(sent, /https/);
  t.ok(smsSize(sent).segments <= compliance.maxLength.sms.body, sent);
  const refused = (await side.helpEvents()).flatMap(({ event }) =>
    event.type === 'TextRefused' ? [event.data] : [],
  );
  t.match(refused, [{ author: { name: 'by-mail.en' }, reasons: [{ code: 'too-long', detail: /links/ }] }]);
});
