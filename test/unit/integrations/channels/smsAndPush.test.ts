import { createHmac } from 'node:crypto';
import t, { type Test } from 'tap';
import type { ChannelMessage } from '../../../../src/commands/channel.js';
import { createCheckedPost } from '../../../../src/integrations/callbacks/checkedPost.js';
import { isPublicAddress } from '../../../../src/integrations/callbacks/publicAddress.js';
import { phoneNumberOf } from '../../../../src/integrations/channels/phone.js';
import { webhookChannel } from '../../../../src/integrations/channels/webhook.js';
import { pushServices } from '../../../../src/integrations/channels/webPush.js';
import { contractMessage, contractNow } from '../../../contracts/channel.js';
import {
  browserKeys,
  fcmRig,
  type HttpRig,
  snsSmsRig,
  twilioRig,
  webhookRig,
  webhookSecret,
  webPushRig,
} from '../../../support/channelRigs.js';
import type { ProviderReply } from '../../../support/providerServer.js';

const signal = new AbortController().signal;
const click = contractMessage.links.click('https://app.example/help?topic=1&step=2');

type Expected = readonly [reply: ProviderReply, outcome: object];
/** What each documented answer means. */
async function meanings(t: Test, rig: HttpRig, expected: readonly Expected[]): Promise<void> {
  const message: ChannelMessage = { ...contractMessage, address: rig.address };
  for (const [reply, outcome] of expected) {
    rig.behave('takes');
    await rig.channel.send(message, signal);
    rig.server.behave(({ path }) =>
      path === '/token' ? { status: 200, body: { access_token: 't', expires_in: 3599 } } : reply,
    );
    t.match(
      await rig.channel.send(message, signal),
      { outcome: 'failed', ...outcome },
      JSON.stringify(reply),
    );
  }
}

t.test('numbers', async (t) => {
  t.equal(phoneNumberOf('+49 (170) 123-45.67'), '+491701234567');
  for (const bad of ['0170 1234567', '+0123456789', '+12345', '+1234567890123456', '+49 170 x', '', {}]) {
    t.equal(phoneNumberOf(bad), undefined);
  }
});

t.test('by Twilio', async (t) => {
  const rig = await twilioRig(t, {});
  t.teardown(() => rig.channel.close());
  const message = { ...contractMessage, address: rig.address };
  t.strictSame(await rig.channel.send(message, signal), { outcome: 'accepted', providerMessageId: 'SM1' });
  const [request] = rig.deliveries();
  t.match(request, {
    path: '/2010-04-01/Accounts/AC0123/Messages.json',
    headers: { authorization: `Basic ${Buffer.from('AC0123:twilio-secret').toString('base64')}` },
  });
  const form = Object.fromEntries(new URLSearchParams(request?.body));
  t.match(form, {
    To: '+491701234567',
    From: '+15005550006',
    Body: `${message.title}\nWe are glad to give one: ${click} (or ask <us>).`,
    ValidityPeriod: '600',
    StatusCallback: /^https:\/\/waymark\.example\/v1\/callbacks\/twilio\?message=[\w-]+$/,
  });
  const error = (code: number, status = 400) => ({
    status,
    body: { code, message: 'No +491701234567', status },
  });
  await meanings(t, rig, [
    [error(21211), { reason: 'twilio-21211', permanent: true, suppress: 'invalid-address' }],
    [error(21614), { reason: 'twilio-21614', permanent: true, suppress: 'invalid-address' }],
    [error(21610), { reason: 'twilio-21610', permanent: true, suppress: 'complaint' }],
    [error(21611), { reason: 'twilio-21611', permanent: false }],
    [error(20003, 401), { reason: 'credentials-refused', permanent: false }],
  ]);
  t.match(await rig.channel.send({ ...message, body: 'x'.repeat(1600) }, signal), { reason: 'too-long' });
});

t.test('by SNS', async (t) => {
  const rig = await snsSmsRig(t, {});
  t.teardown(() => rig.channel.close());
  const message = { ...contractMessage, address: rig.address };
  t.strictSame(await rig.channel.send(message, signal), { outcome: 'accepted', providerMessageId: 'sns-1' });
  const [request] = rig.deliveries();
  t.match(request?.headers.authorization, /\/eu-central-1\/sns\/aws4_request/);
  t.match(Object.fromEntries(new URLSearchParams(request?.body)), {
    Action: 'Publish',
    PhoneNumber: '+491701234567',
    'MessageAttributes.entry.1.Value.StringValue': 'Transactional',
  });
  const error = (status: number, code: string, text = '') => ({
    status,
    body: `<ErrorResponse><Error><Code>${code}</Code><Message>${text}</Message></Error></ErrorResponse>`,
  });
  const noNumber = 'Invalid parameter: PhoneNumber Reason: +49 is not valid to publish to';
  await meanings(t, rig, [
    [error(400, 'InvalidParameter', noNumber), { permanent: true, suppress: 'invalid-address' }],
    [error(400, 'InvalidParameter', 'Invalid parameter: Message too long'), { permanent: true }],
    [error(400, 'OptedOut'), { permanent: true, suppress: 'complaint' }],
    [error(403, 'SignatureDoesNotMatch'), { reason: 'credentials-refused', permanent: false }],
  ]);
});

t.test('by FCM', async (t) => {
  const rig = await fcmRig(t, {});
  t.teardown(() => rig.channel.close());
  const message = { ...contractMessage, address: rig.address };
  const id = 'projects/shop-1/messages/fcm-1';
  t.strictSame(await rig.channel.send(message, signal), { outcome: 'accepted', providerMessageId: id });
  await rig.channel.send(message, signal);
  const tokens = rig.server.requests.filter(({ path }) => path === '/token');
  t.equal(tokens.length, 1, 'one token serves until it expires');
  t.match(tokens[0]?.body, /grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey/);
  const [request] = rig.deliveries();
  t.match(request, {
    path: '/v1/projects/shop-1/messages:send',
    headers: { authorization: 'Bearer ya29.test' },
  });
  t.match(JSON.parse(request?.body ?? ''), {
    message: {
      token: rig.address,
      notification: { title: message.title },
      data: { interventionId: 'decision-1.first-help', featureId: 'checkout', link: click },
      android: { ttl: '600s', collapse_key: /^[\w-]{32}$/ },
      apns: { headers: { 'apns-expiration': String(message.expiresAt / 1000) } },
      webpush: { headers: { TTL: '600' } },
    },
  });
  const type = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
  const error = (status: number, code: string, errorCode?: string, more: readonly object[] = []) => ({
    status,
    body: {
      error: {
        code: status,
        message: 'Requested entity was not found.',
        status: code,
        details: [...(errorCode === undefined ? [] : [{ '@type': type, errorCode }]), ...more],
      },
    },
  });
  const badToken = [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: 'message.token' }] },
  ];
  await meanings(t, rig, [
    [error(404, 'NOT_FOUND', 'UNREGISTERED'), { permanent: true, suppress: 'unregistered' }],
    [error(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH'), { permanent: true, suppress: 'unregistered' }],
    [
      error(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', badToken),
      { permanent: true, suppress: 'invalid-address' },
    ],
    [error(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED'), { permanent: false, retryAfter: 60_000 }],
    [
      error(401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR'),
      { reason: 'credentials-refused', permanent: false },
    ],
  ]);
});

t.test('without a token from Google nothing is sent', async (t) => {
  const rig = await fcmRig(t, {});
  t.teardown(() => rig.channel.close());
  const message = { ...contractMessage, address: rig.address };
  rig.server.behave(() => ({ status: 400, body: { error: 'invalid_grant' } }));
  t.match(await rig.channel.send(message, signal), { reason: 'credentials-refused', permanent: false });
  rig.server.behave(() => ({ status: 503 }));
  t.match(await rig.channel.send(message, signal), { reason: 'unreachable', permanent: false });
  t.strictSame(rig.deliveries(), []);
});

t.test('by web push', async (t) => {
  const rig = await webPushRig(t, {});
  t.teardown(() => rig.channel.close());
  const message = { ...contractMessage, address: rig.address };
  const id = 'https://push.example/m/1';
  t.strictSame(await rig.channel.send(message, signal), { outcome: 'accepted', providerMessageId: id });
  const asText = { ...message, address: JSON.stringify(rig.address) };
  t.match(await rig.channel.send(asText, signal), { outcome: 'accepted' });
  t.match(rig.deliveries()[0], {
    path: '/send/abc',
    headers: {
      ttl: '600',
      topic: /^[\w-]{32}$/,
      urgency: 'normal',
      'content-encoding': 'aes128gcm',
      authorization: /^vapid t=ey[\w.-]+, k=/,
    },
  });
  t.notMatch(rig.deliveries()[0]?.body, 'Lovelace', 'it is encrypted for the browser');
  await meanings(t, rig, [
    [{ status: 404 }, { permanent: true, suppress: 'unregistered' }],
    [{ status: 410 }, { permanent: true, suppress: 'unregistered' }],
    [{ status: 403 }, { reason: 'vapid-refused', permanent: true }],
    [{ status: 400 }, { reason: 'http-400', permanent: true }],
  ]);
  const noPoint = { ...browserKeys, p256dh: 'A'.repeat(87) };
  const withNoPoint = { endpoint: 'https://fcm.googleapis.com/x', keys: noPoint };
  t.match(await rig.channel.send({ ...message, address: withNoPoint }, signal), {
    suppress: 'invalid-address',
  });
});

t.test('a subscription leads to a push service or nowhere', async (t) => {
  const isPushService = pushServices(['push.shop.example:8443']);
  for (const host of [
    'fcm.googleapis.com',
    'updates.push.services.mozilla.com',
    'db5p.notify.windows.com',
    'web.push.apple.com',
    'push.shop.example:8443',
  ]) {
    t.ok(isPushService(host), host);
  }
  for (const host of [
    '169.254.169.254',
    'localhost',
    'fcm.googleapis.com.evil.example',
    'evil-push.apple.com.example',
    'xpush.services.mozilla.com',
    'fcm.googleapis.com:22',
    'notify.windows.com',
  ]) {
    t.notOk(isPushService(host), host);
  }
});

t.test('by webhook, signed over id, time and body', async (t) => {
  const rig = await webhookRig(t, {});
  t.teardown(() => rig.channel.close());
  const message = { ...contractMessage, address: 'u-1' };
  t.strictSame(await rig.channel.send(message, signal), { outcome: 'accepted', providerMessageId: null });
  const [request] = rig.deliveries();
  const headers = request?.headers ?? {};
  t.match(headers, { 'webhook-id': message.idempotencyKey, 'webhook-timestamp': String(contractNow / 1000) });
  const bytes = Buffer.from(request?.body ?? '', 'latin1');
  const signed = Buffer.concat([
    Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`),
    bytes,
  ]);
  const signature = createHmac('sha256', webhookSecret).update(signed).digest('base64');
  t.equal(headers['webhook-signature'], `v1,${signature}`);
  t.match(JSON.parse(bytes.toString()), {
    type: 'intervention.message',
    data: { userId: 'u-1', title: message.title, interventionId: message.idempotencyKey, body: /\/v1\/c\// },
  });
  await meanings(t, rig, [
    [{ status: 410 }, { reason: 'gone', permanent: true }],
    [
      { status: 301, headers: { location: 'http://169.254.169.254/' } },
      { reason: 'http-301', permanent: false },
    ],
  ]);
});

t.test('a webhook to a private address is not sent', async (t) => {
  const resolve = async () => [{ address: '10.0.0.7', family: 4 }];
  const post = createCheckedPost({ isAllowed: isPublicAddress, resolve });
  for (const address of ['https://127.0.0.1/', 'https://[::1]/', 'https://hook.shop.example/']) {
    const channel = webhookChannel({
      url: new URL(address),
      secret: webhookSecret,
      post,
      now: () => contractNow,
    });
    t.teardown(() => channel.close());
    const outcome = { outcome: 'failed', reason: 'private-address', permanent: false };
    t.strictSame(await channel.send(contractMessage, signal), outcome, address);
  }
});
