import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { ChannelConfiguration } from '../channelConfiguration.js';
import { ConfigurationError } from '../configurationError.js';
import { createCheckedPost } from '../integrations/callbacks/checkedPost.js';
import { isPublicAddress } from '../integrations/callbacks/publicAddress.js';
import type { ServiceAccount } from '../integrations/channels/fcm.js';
import type { ProviderChannel } from '../integrations/channels/providerChannel.js';

/**
 * Those that the configuration names, in the order in which those of one channel are tried. What speaks to a provider is
 * loaded where there is one alone. @throws ConfigurationError
 */
export async function openProviders(configuration: ChannelConfiguration): Promise<ProviderChannel[]> {
  const { order, privateHosts, smtp, sendgrid, ses, twilio, sns, fcm, webPush, webhook } = configuration;
  const now = Date.now;
  const openers: Readonly<Record<string, (() => Promise<ProviderChannel>) | undefined>> = {
    smtp:
      smtp &&
      (async () => {
        const { smtpChannel } = await import('../integrations/channels/smtp.js');
        return smtpChannel({ ...smtp, now });
      }),
    sendgrid:
      sendgrid &&
      (async () => {
        const { sendgridChannel } = await import('../integrations/channels/sendgrid.js');
        return sendgridChannel({ ...sendgrid, now });
      }),
    ses:
      ses &&
      (async () => {
        const { sesChannel } = await import('../integrations/channels/ses.js');
        return sesChannel({ ...ses, now });
      }),
    twilio:
      twilio &&
      (async () => {
        const { twilioChannel } = await import('../integrations/channels/twilio.js');
        return twilioChannel({ ...twilio, statusCallback: statusCallbackOf(configuration), now });
      }),
    sns:
      sns &&
      (async () => {
        const { snsSmsChannel } = await import('../integrations/channels/snsSms.js');
        return snsSmsChannel({ ...sns, now });
      }),
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
        const isPushService = pushServices(privateHosts);
        return webPushChannel({
          vapid: webPush,
          isPushService,
          postTo: (url) => postTo(url, privateHosts),
          now,
        });
      }),
    webhook:
      webhook &&
      (async () => {
        const { webhookChannel } = await import('../integrations/channels/webhook.js');
        return webhookChannel({ ...webhook, post: postTo(webhook.url, privateHosts), now });
      }),
  };
  return Promise.all([...order, 'fcm', 'web-push', 'webhook'].flatMap((name) => openers[name]?.() ?? []));
}

const postPublic = createCheckedPost({ isAllowed: isPublicAddress });
const postAnywhere = createCheckedPost({ isAllowed: () => true });

/** Private addresses are for the hosts that are listed. */
function postTo({ host }: URL, privateHosts: readonly string[]) {
  return privateHosts.includes(host) ? postAnywhere : postPublic;
}

/** Where Twilio tells what became of a message; null where it cannot reach this installation. */
export function statusCallbackOf({ publicUrl }: ChannelConfiguration): string | null {
  return publicUrl === null ? null : `${publicUrl}/v1/callbacks/twilio`;
}

/** @throws ConfigurationError */
function accountIn(file: string, schema: z.ZodType<ServiceAccount>): ServiceAccount {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new ConfigurationError(
      'FCM_SERVICE_ACCOUNT_FILE: must be the JSON file of a service account, as Google Cloud gives it out',
    );
  }
}
