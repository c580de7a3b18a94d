import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Test } from 'tap';
import webPush from 'web-push';
import { createCheckedPost } from '../../src/integrations/callbacks/checkedPost.js';
import { isLoopbackAddress } from '../../src/integrations/callbacks/publicAddress.js';
import { fcmChannel } from '../../src/integrations/channels/fcm.js';
import type { CallLimits, ProviderChannel } from '../../src/integrations/channels/providerChannel.js';
import { sendgridChannel } from '../../src/integrations/channels/sendgrid.js';
import { sesChannel } from '../../src/integrations/channels/ses.js';
import { smtpChannel } from '../../src/integrations/channels/smtp.js';
import { snsSmsChannel } from '../../src/integrations/channels/snsSms.js';
import { twilioChannel } from '../../src/integrations/channels/twilio.js';
import { webhookChannel } from '../../src/integrations/channels/webhook.js';
import { pushServices, webPushChannel } from '../../src/integrations/channels/webPush.js';
import { type Behaviour, contractNow, type ProviderRig } from '../contracts/channel.js';
import {
  type ProviderReply,
  type ProviderRequest,
  type ProviderServer,
  startProviderServer,
} from './providerServer.js';

const now = () => contractNow;
type Limits = Partial<CallLimits>;
type Replies = Readonly<Record<Exclude<Behaviour, 'is silent'>, ProviderReply>>;

export interface HttpRig extends ProviderRig {
  readonly server: ProviderServer;
  /** What asked for a delivery. */
  deliveries(): readonly ProviderRequest[];
}

/** Documented answers of one provider, and how its requests are recognised. */
interface Provider {
  readonly replies: Replies;
  readonly address: ProviderRig['address'];
  readonly invalidAddress: ProviderRig['address'];
  open(server: ProviderServer, limits: Limits): ProviderChannel;
  isDelivery?(request: ProviderRequest): boolean;
  /** What is no delivery. */
  answer?(request: ProviderRequest): ProviderReply;
  /** How it tells repetitions apart. */
  keyOf?(request: ProviderRequest): string | null;
}

/** @returns opens a rig */
function rigOf(provider: Provider) {
  return async (t: Test, limits: Limits): Promise<HttpRig> => {
    const { replies, isDelivery = () => true, answer, keyOf = () => null } = provider;
    const behaviourOf = (behaviour: Behaviour) => (request: ProviderRequest) =>
      isDelivery(request) ? (behaviour === 'is silent' ? undefined : replies[behaviour]) : answer?.(request);
    const server = await startProviderServer(behaviourOf('takes'));
    t.teardown(() => server.close());
    const deliveries = () => server.requests.filter(isDelivery);
    return {
      server,
      deliveries,
      channel: provider.open(server, limits),
      address: provider.address,
      invalidAddress: provider.invalidAddress,
      behave: (behaviour) => server.behave(behaviourOf(behaviour)),
      arrived: () => deliveries().map(keyOf),
    };
  };
}

const wait = { 'retry-after': '7' };
const mail = { address: 'ada@example.org', invalidAddress: 'ada at example' };
const phone = { address: '+49 (170) 123-4567', invalidAddress: '0170 1234567' };
const credentials = {
  region: 'eu-central-1',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: undefined,
};

export const sendgridRig = rigOf({
  ...mail,
  open: ({ url }, limits) =>
    sendgridChannel({
      baseUrl: url,
      apiKey: 'SG.test',
      from: 'Shop <help@shop.example>',
      now,
      limits,
    }),
  replies: {
    takes: { status: 202, headers: { 'x-message-id': 'sg-1' } },
    'refuses the message': {
      status: 400,
      body: {
        errors: [{ message: 'The subject is required.', field: 'subject', help: 'http://sendgrid.com' }],
      },
    },
    'fails for now': { status: 503, body: { errors: [{ message: 'unavailable', field: null }] } },
    'asks to wait 7 s': { status: 429, headers: wait, body: { errors: [{ message: 'too many requests' }] } },
  },
});

export const sesRig = rigOf({
  ...mail,
  open: ({ url }, limits) =>
    sesChannel({
      credentials,
      endpoint: url,
      from: 'Shop <help@shop.example>',
      configurationSet: 'waymark',
      now,
      limits,
    }),
  replies: {
    takes: { status: 200, body: { MessageId: 'ses-1' } },
    'refuses the message': {
      status: 400,
      headers: { 'x-amzn-errortype': 'MessageRejected:http://internal.amazon.com/coral/' },
      body: { message: 'Email address is not verified.' },
    },
    'fails for now': { status: 500, headers: { 'x-amzn-errortype': 'InternalFailure' } },
    'asks to wait 7 s': {
      status: 429,
      headers: { ...wait, 'x-amzn-errortype': 'TooManyRequestsException' },
      body: { message: 'Maximum sending rate exceeded.' },
    },
  },
});

export const twilioRig = rigOf({
  ...phone,
  open: ({ url }, limits) =>
    twilioChannel({
      baseUrl: url,
      accountSid: 'AC0123',
      authToken: 'twilio-secret',
      from: '+15005550006',
      statusCallback: 'https://waymark.example/v1/callbacks/twilio',
      now,
      limits,
    }),
  replies: {
    takes: { status: 201, body: { sid: 'SM1', status: 'queued', error_code: null } },
    'refuses the message': {
      status: 400,
      body: { code: 21408, message: 'Permission to send is not enabled for the region', status: 400 },
    },
    'fails for now': { status: 503, body: { code: 20503, message: 'Service unavailable', status: 503 } },
    'asks to wait 7 s': { status: 429, headers: wait, body: { code: 20429, message: 'Too Many Requests' } },
  },
});

const snsError = (code: string, message: string) =>
  `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;

export const snsSmsRig = rigOf({
  ...phone,
  open: ({ url }, limits) => snsSmsChannel({ credentials, endpoint: url, now, limits }),
  replies: {
    takes: {
      status: 200,
      body: '<PublishResponse><PublishResult><MessageId>sns-1</MessageId></PublishResult></PublishResponse>',
    },
    'refuses the message': {
      status: 400,
      body: snsError(
        'InvalidParameter',
        'Invalid parameter: PhoneNumber Reason: +49 is not valid phone number',
      ),
    },
    'fails for now': { status: 500, body: snsError('InternalError', 'Internal error') },
    'asks to wait 7 s': { status: 400, headers: wait, body: snsError('Throttling', 'Rate exceeded') },
  },
});

const { privateKey: accountKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const fcmError = (status: number, error: string, details: readonly object[] = []) => ({
  status,
  body: { error: { code: status, message: 'Refused.', status: error, details } },
});

export const fcmRig = rigOf({
  address: 'fcm-token-0123456789:APA91b_x-y',
  invalidAddress: 'no token',
  open: ({ url }, limits) =>
    fcmChannel({
      baseUrl: url,
      account: {
        project_id: 'shop-1',
        client_email: 'waymark@shop-1.iam.gserviceaccount.com',
        private_key: accountKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        token_uri: `${url}/token`,
      },
      now,
      limits,
    }),
  isDelivery: ({ path }) => path !== '/token',
  answer: () => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: { access_token: 'ya29.test', expires_in: 3599, token_type: 'Bearer' },
  }),
  keyOf: ({ body }) => JSON.parse(body).message.android.collapse_key,
  replies: {
    takes: { status: 200, body: { name: 'projects/shop-1/messages/fcm-1' } },
    'refuses the message': fcmError(400, 'INVALID_ARGUMENT'),
    'fails for now': fcmError(503, 'UNAVAILABLE'),
    'asks to wait 7 s': {
      ...fcmError(429, 'RESOURCE_EXHAUSTED', [
        { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'QUOTA_EXCEEDED' },
      ]),
      headers: wait,
    },
  },
});

export const loopbackPost = createCheckedPost({ isAllowed: isLoopbackAddress });

const vapidKeys = webPush.generateVAPIDKeys();
/** Of a browser that runs nowhere: a point on the curve, and a secret. */
export const browserKeys = { p256dh: webPush.generateVAPIDKeys().publicKey, auth: 'A'.repeat(22) };

/** The subscription leads to the stand-in, whose address is not known before. */
export async function webPushRig(t: Test, limits: Limits): Promise<HttpRig> {
  let host = '';
  const rig = await rigOf({
    address: null,
    invalidAddress: { endpoint: 'https://push.example/x', keys: browserKeys },
    open(server, given) {
      host = server.host;
      return webPushChannel({
        vapid: { ...vapidKeys, subject: 'mailto:push@shop.example' },
        isPushService: pushServices([host]),
        postTo: () => loopbackPost,
        now,
        limits: given,
      });
    },
    keyOf: ({ headers }) => String(headers.topic),
    replies: {
      takes: { status: 201, headers: { location: 'https://push.example/m/1' } },
      'refuses the message': { status: 413 },
      'fails for now': { status: 502 },
      'asks to wait 7 s': { status: 429, headers: wait },
    },
  })(t, limits);
  return { ...rig, address: { endpoint: `http://${host}/send/abc`, keys: browserKeys } };
}

export const webhookSecret = Buffer.from('a secret of some thirty-two bytes');

export const webhookRig = rigOf({
  address: 'u-1',
  invalidAddress: null,
  open: ({ url }, limits) =>
    webhookChannel({ url: new URL(`${url}/hook`), secret: webhookSecret, post: loopbackPost, now, limits }),
  keyOf: ({ headers }) => String(headers['webhook-id']),
  replies: {
    takes: { status: 204 },
    'refuses the message': { status: 422 },
    'fails for now': { status: 500 },
    'asks to wait 7 s': { status: 503, headers: wait },
  },
});

export interface SmtpRig extends ProviderRig {
  readonly messages: readonly string[];
  breakConnections(): void;
  /** From now on what a recipient is answered with; undefined: it is taken. */
  refuseRecipient(reply: { readonly code: number; readonly text: string } | undefined): void;
}

/** A real SMTP server. It keeps what it took. */
export async function smtpRig(
  t: Test,
  limits: Limits,
  serverOptions: SMTPServerOptions = {},
  url: (port: number) => string = (port) => `smtp://127.0.0.1:${port}`,
  requiresTls = false,
): Promise<SmtpRig> {
  const messages: string[] = [];
  const ids: (string | null)[] = [];
  const state: { behaviour: Behaviour; reply: { code: number; text: string } | undefined } = {
    behaviour: 'takes',
    reply: undefined,
  };
  const failure = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(_, __, done) {
      if (state.behaviour === 'refuses the message') return done(failure(550, '5.7.1 Not here'));
      if (state.behaviour === 'fails for now') return done(failure(421, '4.3.2 Shutting down'));
      if (state.reply !== undefined) return done(failure(state.reply.code, state.reply.text));
      done();
    },
    onData(stream, _, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
      });
      stream.on('end', () => {
        messages.push(text);
        ids.push(/^Message-ID: (.+)\r$/im.exec(text)?.[1] ?? null);
        if (state.behaviour !== 'is silent') done();
      });
    },
    ...serverOptions,
  });
  server.on('error', () => undefined);
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.teardown(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  );
  // A boundary: a TCP server's address, by Node's documentation.
  const { port } = server.server.address() as AddressInfo;
  return {
    channel: smtpChannel({
      url: new URL(url(port)),
      requiresTls,
      from: 'Shop <help@shop.example>',
      now,
      limits,
    }),
    ...mail,
    messages,
    behave(behaviour) {
      state.behaviour = behaviour;
    },
    breakConnections() {
      for (const socket of sockets) socket.destroy();
    },
    refuseRecipient(reply) {
      state.reply = reply;
    },
    arrived: () => ids,
    neverAsksToWait: 'SMTP has no way to say how long',
  };
}
