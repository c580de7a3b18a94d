import type { ChannelConfiguration } from '../channelConfiguration.js';
import type { Channel } from '../commands/channel.js';
import type { Consents } from '../commands/consents.js';
import { createUnsubscribe } from '../commands/help/unsubscribe.js';
import type { ReadCallback, RecordProviderNews } from '../commands/providerNews.js';
import type { ConsentChannel } from '../domain/consent/events.js';
import { callbackRoutes } from '../http/help/callbackRoutes.js';
import { linkTokens } from '../http/help/linkTokens.js';
import { type LinkedMessage, messageLinks } from '../http/help/messageLinks.js';
import { trackingRoutes } from '../http/help/trackingRoutes.js';
import { unsubscribeRoutes } from '../http/help/unsubscribeRoutes.js';
import type { GaugeSource } from '../http/metrics.js';
import type { ReadinessCheck } from '../http/operations.js';
import type { RoutePlugin } from '../http/server.js';
import type { ProviderChannel } from '../integrations/channels/providerChannel.js';
import { readSendgridCallback } from '../integrations/channels/sendgridCallback.js';
import { readOverHttps, readSesCallback } from '../integrations/channels/sesCallback.js';
import { readTwilioCallback } from '../integrations/channels/twilioCallback.js';
import { inAppChannel } from '../integrations/inApp/inAppChannel.js';
import { openProviders, statusCallbackOf } from './channelProviders.js';
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
