import type { RecordDeliveryNews } from '../../domain/intervention/commands.js';
import type { Offered } from '../../domain/intervention/evolve.js';
import type { Suppression } from '../../domain/reachability/events.js';
import { executeOnIntervention, type InterventionStreams, loadIntervention } from '../interventionStream.js';
import type { Journeys } from '../journeys.js';
import type { ProviderNews, ProviderNewsKind, RecordProviderNews } from '../providerNews.js';
import type { Reachability } from './reachability.js';

type News = RecordDeliveryNews['data']['news'];

/** What each says of a message; who unsubscribes says it of the channel, which the consent knows. */
const newsOf: Readonly<Record<ProviderNewsKind, News | undefined>> = {
  delivered: 'delivered',
  'hard-bounce': 'hard',
  'soft-bounce': 'soft',
  complaint: 'complaint',
  opened: 'opened',
  clicked: 'clicked',
  unsubscribed: undefined,
};

const suppressionOf: Readonly<Partial<Record<News, Suppression>>> = {
  hard: 'hard-bounce',
  complaint: 'complaint',
};

/**
 * Records what became of a message. What its stream says already is not said again, whatever id the news has; an address
 * that bounced, or whose owner complained, is suppressed.
 */
export function createRecordProviderNews(
  streams: InterventionStreams,
  journeys: Pick<Journeys, 'beside'>,
  reachability: Pick<Reachability, 'suppress'>,
): RecordProviderNews {
  return async (told) => {
    const news = newsOf[told.kind];
    if (news === undefined) return;
    const { state } = await loadIntervention(streams, told);
    if (!('proposal' in state)) return;
    await journeys.beside(told.tenantId, state.proposal.subject, () => record(told, news));
  };

  async function record(told: ProviderNews, news: News): Promise<void> {
    const { channel, provider } = told;
    await executeOnIntervention(streams, told, {
      type: 'RecordDeliveryNews',
      data: { channel, provider, news },
    });
    const reason = suppressionOf[news];
    const { state, last } = await loadIntervention(streams, told);
    const address = 'proposal' in state && wasTold(state, told, news) ? addressOf(state, told) : null;
    if (reason === undefined || address === null || last === undefined || !('proposal' in state)) return;
    const { subject, interventionId } = state.proposal;
    await reachability.suppress(told.tenantId, { subject, interventionId, channel, address, reason }, last);
  }
}

function wasTold({ delivery: { told } }: Offered, { channel }: ProviderNews, news: News): boolean {
  return told.includes(`${channel} ${news}`);
}

/** Fingerprint of the address that the message went to. */
function addressOf({ delivery: { tries } }: Offered, { channel, provider }: ProviderNews): string | null {
  return tries.find((each) => each.channel === channel && each.provider === provider)?.address ?? null;
}
