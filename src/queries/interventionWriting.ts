import type { ModelUse, TextGenerated, TextRefused } from '../domain/intervention/events.js';
import { interventionStreamName } from '../domain/intervention/streamName.js';
import { decode } from '../eventStore/codec.js';
import { StreamDeleted } from '../eventStore/eventStore.js';
import type { InterventionWriting } from './models/interventionWriting.js';
import type { ShownEvents } from './presentEvents.js';

/** More than wording one message comes to. */
const mostEvents = 100;

/**
 * How the text of an intervention came about. Read from its stream, which begins with it: few look at it, so no read model
 * has it. Null where there is nothing to tell, or no longer.
 */
export async function writingOf(
  eventStore: Pick<ShownEvents, 'readStream'>,
  tenantId: string,
  interventionId: string,
): Promise<InterventionWriting | null> {
  let generated: TextGenerated['data'] | undefined;
  const refused: TextRefused['data'][] = [];
  for (const stored of await eventsOf(eventStore, interventionStreamName(tenantId, interventionId))) {
    const event = decode(stored)?.event;
    if (event?.type === 'TextGenerated') generated = event.data;
    if (event?.type === 'TextRefused') refused.push(event.data);
  }
  if (generated === undefined && refused.length === 0) return null;
  const { attempts = [], reviews, retrieved = [], disclosed = [], fallbackReason = null } = generated ?? {};
  return {
    attempts: attempts.map((each) => {
      const { outcome, reason, turns, tools } = each;
      return { ...useOf(each), outcome, reason, turns, tools };
    }),
    reviews: reviews?.map((each) => ({ ...useOf(each), outcome: each.outcome, reason: each.reason })) ?? null,
    refused: refused.map(({ author, channel = null, reasons }) => ({ author, channel, reasons })),
    retrieved: retrieved.map(({ source = 'document', ...found }) => ({ ...found, source })),
    disclosed,
    fallbackReason,
  };
}

async function eventsOf(eventStore: Pick<ShownEvents, 'readStream'>, streamName: string) {
  try {
    return (await eventStore.readStream(streamName, { maxCount: mostEvents })).events;
  } catch (error) {
    if (error instanceof StreamDeleted) return [];
    throw error;
  }
}

function useOf(use: ModelUse) {
  const { provider, model, promptVersion, inputTokens, outputTokens, estimated, microUsd, latency } = use;
  const tokens = { inputTokens, outputTokens, estimated: estimated === true };
  return { model: `${provider}:${model}`, promptVersion, ...tokens, microUsd, latency };
}
