import type { ErasureCommand } from '../domain/erasure/commands.js';
import { decide } from '../domain/erasure/decide.js';
import { type ErasureState, evolve, initialState } from '../domain/erasure/evolve.js';
import { erasureStreamName } from '../domain/erasure/streamName.js';
import { decode, encode } from '../eventStore/codec.js';
import type { EventStore } from '../eventStore/eventStore.js';
import { callMetadata } from './callMetadata.js';
import type { PrivacyRequestAddress } from './privacyRequestStream.js';

export interface ErasureStreams {
  readonly eventStore: EventStore;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly newId: () => string;
}

/** An erasure as recorded, and the revision to append behind. */
export async function loadErasure(eventStore: EventStore, { tenantId, requestId }: PrivacyRequestAddress) {
  let state: ErasureState = initialState;
  const { events } = await eventStore.readStream(erasureStreamName(tenantId, requestId), { maxCount: 10 });
  for (const stored of events) {
    const event = decode(stored)?.event;
    if (event?.type === 'ErasureBegun' || event?.type === 'PersonErased') state = evolve(state, event);
  }
  return { state, expected: events.at(-1)?.revision ?? ('noStream' as const) };
}

/** Load, decide, append with the exact revision. @throws what the event store throws */
export async function executeOnErasure(
  { eventStore, now, newId }: ErasureStreams,
  address: PrivacyRequestAddress,
  command: ErasureCommand,
): Promise<ErasureState> {
  const { tenantId, requestId } = address;
  const { state, expected } = await loadErasure(eventStore, address);
  const events = decide(command, state);
  const at = now();
  const metadata = callMetadata(tenantId, requestId, at);
  if (events.length > 0) {
    await eventStore.appendToStream(
      erasureStreamName(tenantId, requestId),
      events.map((event) => encode({ id: newId(), event, metadata })),
      expected,
    );
  }
  return events.reduce(evolve, state);
}
