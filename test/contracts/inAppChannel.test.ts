import t from 'tap';
import { inAppChannel } from '../../src/integrations/inApp/inAppChannel.js';
import { channelContract, contractNow } from './channel.js';

await channelContract(
  t,
  inAppChannel(() => contractNow),
  null,
);
