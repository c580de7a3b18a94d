import t from 'tap';
import { inAppChannel } from '../../src/integrations/inApp/inAppChannel.js';
import { channelContract } from './channel.js';

await channelContract(
  t,
  inAppChannel(() => 5000),
  5000,
);
