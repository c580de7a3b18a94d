import { randomUUID } from 'node:crypto';
import type { EventData, EventStore, RecordedEvent } from '../../src/eventStore/eventStore.js';

export function events(count: number): EventData[] {
  return Array.from({ length: count }, (_, n) => ({
    id: randomUUID(),
    type: 'store-tested.v1',
    data: { n },
    metadata: { tenantId: 'default' },
  }));
}

export function idsOf(list: readonly { readonly id: string }[]): string[] {
  return list.map(({ id }) => id);
}

export async function readEverything(store: EventStore): Promise<RecordedEvent[]> {
  const slice = await store.readAll({ from: 'start', maxCount: 1_000_000 });
  return [...slice.events];
}
