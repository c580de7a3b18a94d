import { readFileSync } from 'node:fs';
import type { ChannelConfiguration } from '../channelConfiguration.js';
import type { Channel } from '../commands/channel.js';
import type { Consents } from '../commands/consents.js';
import { createUnsubscribe } from '../commands/help/unsubscribe.js';
import type { ReadCallback, RecordProviderNews } from '../commands/providerNews.js';
import { ConfigurationError } from '../configurationError.js';
import type { ConsentChannel } from '../domain/consent/events.js';
import { callbackRoutes } from '../http/help/callbackRoutes.js';
import { linkTokens } from '../http/help/linkTokens.js';
import { type LinkedMessage, messageLinks } from '../http/help/messageLinks.js';
import { trackingRoutes } from '../http/help/trackingRoutes.js';
import { unsubscribeRoutes } from '../http/help/unsubscribeRoutes.js';
import type { GaugeSource } from '../http/metrics.js';
import type { ReadinessCheck } from '../http/operations.js';
import type { RoutePlugin } from '../http/server.js';
import { createCheckedPost } from '../integrations/callbacks/checkedPost.js';
import { isPublicAddress } from '../integrations/callbacks/publicAddress.js';
import type { ProviderChannel } from '../integrations/channels/providerChannel.js';
import { sendgridChannel } from '../integrations/channels/sendgrid.js';
import { readSendgridCallback } from '../integrations/channels/sendgridCallback.js';
import { sesChannel } from '../integrations/channels/ses.js';
import { readOverHttps, readSesCallback } from '../integrations/channels/sesCallback.js';
import { snsSmsChannel } from '../integrations/channels/snsSms.js';
import { twilioChannel } from '../integrations/channels/twilio.js';
import { readTwilioCallback } from '../integrations/channels/twilioCallback.js';
import { webhookChannel } from '../integrations/channels/webhook.js';
import { inAppChannel } from '../integrations/inApp/inAppChannel.js';
import type { Sharing } from './sharing.js';

/** How people are reached, and what comes back from there. */
export interface HelpChannels {
  /** Of each channel its providers, in the order in which they are tried. */
  readonly channels: Readonly<Record<ConsentChannel, readonly Channel[]>>;
  /** The links of a message on its way. */
  linksFor(message: LinkedMessage): ReturnType<ReturnType<typeof messageLinks>>;
  /** What callbacks and links tell is handed to. */
  readonly record: RecordProviderNews;
  /** For people: the providers besides the inbox. */
  readonly providers: readonly string[];
  readonly routes: readonly RoutePlugin[];
  readonly gauges: readonly GaugeSource[];
  readonly readiness: readonly ReadinessCheck[];
  close(): void;
}

export interface HelpChannelsParts {
  readonly configuration: ChannelConfiguration;
  readonly application: {
    readonly consents: Consents;
    signerFor(use: string): (text: string) => string;
  };
  readonly sharing: Pick<Sharing, 'takeTokens'>;
  /** What becomes of news of messages. */
  readonly record: RecordProviderNews;
}

/** @throws ConfigurationError */
export async function openHelpChannels({
  configuration,
  application,
  sharing,
  record,
}: HelpChannelsParts): Promise<HelpChannels> {
  const providers = await openProviders(configuration);
  const of = (channel: ConsentChannel) => providers.filter((provider) => provider.channel === channel);
  const tokens = linkTokens(application.signerFor('message links'));
  const take = sharing.takeTokens;
  const unsubscribe = createUnsubscribe(application.consents, record, Date.now);
  return {
    channels: {
      in_app: [inAppChannel(Date.now)],
      email: of('email'),
      sms: of('sms'),
      push: of('push'),
      webhook: of('webhook'),
    },
    linksFor: messageLinks(configuration.publicUrl, tokens),
    record,
    providers: providers.map(({ provider }) => provider),
    routes: [
      { prefix: '/v1', routes: trackingRoutes({ tokens, record, take, now: Date.now }) },
      { prefix: '/v1', routes: unsubscribeRoutes({ tokens, unsubscribe, take }) },
      { prefix: '/v1', routes: callbackRoutes({ readers: callbackReaders(configuration), record, take }) },
    ],
    gauges: gaugesOf(providers),
    readiness: providers.map((provider) => ({
      name: `provider ${provider.provider}`,
      // Others stand in for it, and what it does not take is sent later.
      isOptional: true,
      check: async () => ({ ready: provider.breaker() !== 'open', state: `breaker ${provider.breaker()}` }),
    })),
    close() {
      for (const provider of providers) provider.close();
    },
  };
}

/** In the order in which those of one channel are tried. Large clients are loaded where they are used. */
async function openProviders(configuration: ChannelConfiguration): Promise<ProviderChannel[]> {
  const { order, privateHosts, smtp, sendgrid, ses, twilio, sns, fcm, webPush, webhook } = configuration;
  const now = Date.now;
  const openers: Readonly<Record<string, (() => ProviderChannel | Promise<ProviderChannel>) | undefined>> = {
    smtp:
      smtp && (async () => (await import('../integrations/channels/smtp.js')).smtpChannel({ ...smtp, now })),
    sendgrid: sendgrid && (() => sendgridChannel({ ...sendgrid, now })),
    ses: ses && (() => sesChannel({ ...ses, now })),
    twilio:
      twilio && (() => twilioChannel({ ...twilio, statusCallback: statusCallbackOf(configuration), now })),
    sns: sns && (() => snsSmsChannel({ ...sns, now })),
    fcm:
      fcm &&
      (async () => {
        const { fcmChannel, serviceAccount } = await import('../integrations/channels/fcm.js');
        return fcmChannel({ ...fcm, account: accountIn(fcm.accountFile, serviceAccount), now });
      }),
    'web-push':
      webPush &&
      (async () => {
        const { pushServices, webPushChannel } = await import('../integrations/channels/webPush.js');
        return webPushChannel({
          vapid: webPush,
          isPushService: pushServices(privateHosts),
          postTo: (url) => postTo(url, privateHosts),
          now,
        });
      }),
    webhook: webhook && (() => webhookChannel({ ...webhook, post: postTo(webhook.url, privateHosts), now })),
  };
  const names = [...order, 'fcm', 'web-push', 'webhook'];
  return Promise.all(names.flatMap((name) => openers[name]?.() ?? []));
}

const postPublic = createCheckedPost({ isAllowed: isPublicAddress });
const postAnywhere = createCheckedPost({ isAllowed: () => true });

/** Private addresses are for the hosts that are listed. */
function postTo({ host }: URL, privateHosts: readonly string[]) {
  return privateHosts.includes(host) ? postAnywhere : postPublic;
}

function statusCallbackOf({ publicUrl }: ChannelConfiguration): string | null {
  return publicUrl === null ? null : `${publicUrl}/v1/callbacks/twilio`;
}

function callbackReaders(configuration: ChannelConfiguration): ReadonlyMap<string, ReadCallback> {
  const { sendgrid, ses, twilio } = configuration;
  const now = Date.now;
  const readers = new Map<string, ReadCallback>();
  if (sendgrid?.webhookKey !== undefined) {
    readers.set('sendgrid', readSendgridCallback(sendgrid.webhookKey, now));
  }
  if (ses?.topicArn !== undefined) {
    readers.set('ses', readSesCallback({ topicArn: ses.topicArn, read: readOverHttps, now }));
  }
  const statusCallback = statusCallbackOf(configuration);
  if (twilio !== undefined && statusCallback !== null) {
    readers.set('twilio', readTwilioCallback({ authToken: twilio.authToken, statusCallback, now }));
  }
  return readers;
}

/** @throws ConfigurationError */
function accountIn<Account>(file: string, shape: { parse(data: unknown): Account }): Account {
  try {
    return shape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new ConfigurationError(
      'FCM_SERVICE_ACCOUNT_FILE: must be the JSON file of a service account, as Google Cloud gives it out',
    );
  }
}

/** 0 closed, 1 half open, 2 open. */
const breakerLevels = { closed: 0, 'half-open': 1, open: 2 } as const;

function gaugesOf(providers: readonly ProviderChannel[]): GaugeSource[] {
  const each = (value: (provider: ProviderChannel) => number) => () =>
    providers.map((one) => ({ labels: { channel: one.channel, provider: one.provider }, value: value(one) }));
  const labelNames = ['channel', 'provider'];
  return [
    {
      name: 'waymark_delivery_breaker_state',
      help: 'Of the breaker before a delivery provider: 0 closed, 1 half open, 2 open.',
      labelNames,
      collect: each((provider) => breakerLevels[provider.breaker()]),
    },
    {
      name: 'waymark_delivery_calls_in_flight',
      help: 'Messages that a delivery provider is being handed.',
      labelNames,
      collect: each((provider) => provider.inFlight()),
    },
  ];
}
