import type { CollectionDefinition, Document } from '../../documentStore/documentStore.js';
import type { ConsentChannel } from '../../domain/consent/events.js';
import type { Suppression } from '../../domain/reachability/events.js';

export const suppressionsCollection: CollectionDefinition = {
  name: 'suppressions',
  indexes: [
    ['tenantId', 'since'],
    ['tenantId', 'subject', 'since'],
  ],
};

/** A channel over which an address of a person is suppressed. Id: tenant, subject and channel. */
export interface SuppressionDocument extends Document {
  readonly tenantId: string;
  readonly subject: string;
  readonly channel: ConsentChannel;
  /** Of the newest suppression. */
  readonly reason: Suppression;
  readonly interventionId: string;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** `<subject>.<channel>`: what a suppression is called by. */
export function suppressionIdOf({
  subject,
  channel,
}: {
  readonly subject: string;
  readonly channel: string;
}): string {
  return `${subject}.${channel}`;
}
