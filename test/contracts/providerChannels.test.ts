import t from 'tap';
import {
  fcmRig,
  sendgridRig,
  sesRig,
  smtpRig,
  snsSmsRig,
  twilioRig,
  webhookRig,
  webPushRig,
} from '../support/channelRigs.js';
import { providerContract } from './channel.js';

t.setTimeout(120_000);

const rigs = {
  smtp: smtpRig,
  sendgrid: sendgridRig,
  ses: sesRig,
  twilio: twilioRig,
  sns: snsSmsRig,
  fcm: fcmRig,
  'web push': webPushRig,
  webhook: webhookRig,
};

for (const [name, open] of Object.entries(rigs)) t.test(name, (t) => providerContract(t, open));
