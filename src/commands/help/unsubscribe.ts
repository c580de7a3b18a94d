import type { ConsentChannel } from '../../domain/consent/events.js';
import { isStrict } from '../../domain/consent/evolve.js';
import type { Consents } from '../consents.js';
import type { RecordProviderNews } from '../providerNews.js';

export interface UnsubscribeRequest {
  readonly tenantId: string;
  readonly interventionId: string;
  readonly channel: ConsentChannel;
  /** Pseudonym of the person the message was sent to. */
  readonly subject: string;
  /** Of the request that says so. */
  readonly correlationId: string;
}

/** Resolves when nothing more is sent to the person over this channel. Said again, it changes nothing. */
export type Unsubscribe = (request: UnsubscribeRequest) => Promise<void>;

/** Who says so: whoever holds the message. */
const actor = { keyId: 'unsubscribe-link', role: 'person' } as const;

/** A channel is a purpose of its own: being addressed there at all. */
export function createUnsubscribe(
  consents: Consents,
  record: RecordProviderNews,
  now: () => number,
): Unsubscribe {
  return async ({ tenantId, interventionId, channel, subject, correlationId }) => {
    const at = now();
    const standing = (await consents.of(tenantId, subject)).standing.get(channel);
    if (standing === undefined || !isStrict(standing.event)) {
      const evidence = { policyVersion: null, textHash: null, proof: interventionId.slice(0, 256) };
      const data = {
        purpose: channel,
        decidedAt: at,
        countsFrom: at,
        source: 'unsubscribe',
        actor,
        ...evidence,
      } as const;
      const cause = { correlationId, recordedAt: at, source: 'unsubscribe' };
      await consents.execute(tenantId, subject, [{ type: 'WithdrawConsent', data }], cause);
    }
    const news = { tenantId, interventionId, channel, provider: 'links', kind: 'unsubscribed' } as const;
    await record({ ...news, at, providerEventId: 'unsubscribed' });
  };
}
