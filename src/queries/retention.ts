import { retentionCategories } from '../domain/retention/categories.js';
import type { RetentionRoundBegun, RetentionRoundCompleted } from '../domain/retention/events.js';
import type { Cutoffs, RetentionPeriods } from '../domain/retention/periods.js';
import { retentionStreamName } from '../domain/retention/streamName.js';
import { decode } from '../eventStore/codec.js';
import type { EventStore } from '../eventStore/eventStore.js';
import { isoTime } from './models/fields.js';
import type { RetentionModel } from './models/retention.js';

const shownRounds = 20;

/** What the retention rounds of a tenant did, as its stream says now. */
export async function readRetention(
  eventStore: Pick<EventStore, 'readStream'>,
  tenantId: string,
  periods: RetentionPeriods,
): Promise<RetentionModel> {
  const { events } = await eventStore.readStream(retentionStreamName(tenantId), {
    direction: 'backwards',
    // A round is two events, and one more may be under way.
    maxCount: 2 * shownRounds + 1,
  });
  const rounds = events.flatMap((stored) => {
    const event = decode(stored)?.event;
    return event?.type === 'RetentionRoundCompleted' ? [toRound(event)] : [];
  });
  const [last] = events;
  const latest = last && decode(last)?.event;
  return {
    periods,
    running: latest?.type === 'RetentionRoundBegun' ? toRunning(latest) : null,
    rounds: rounds.slice(0, shownRounds),
  };
}

function toRound({ data }: RetentionRoundCompleted): RetentionModel['rounds'][number] {
  const { roundId, beganAt, at, cutoffs, removed } = data;
  return {
    roundId,
    beganAt: isoTime(beganAt),
    completedAt: isoTime(at),
    cutoffs: withTimes(cutoffs),
    removed,
  };
}

function toRunning({ data: { roundId, at, cutoffs } }: RetentionRoundBegun): RetentionModel['running'] {
  return { roundId, beganAt: isoTime(at), cutoffs: withTimes(cutoffs) };
}

function withTimes(cutoffs: Cutoffs) {
  return Object.fromEntries(
    retentionCategories.flatMap((category) => {
      const cutoff = cutoffs[category];
      return cutoff === undefined ? [] : [[category, isoTime(cutoff)]];
    }),
  );
}
