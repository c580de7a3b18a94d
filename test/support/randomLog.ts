import { randomUUID } from 'node:crypto';
import type { EventStore } from '../../src/eventStore/eventStore.js';

/**
 * Writes events of few streams in turns, so that neighbours are often of one stream, and deletes, closes, shortens and
 * begins anew some of them.
 * @param random whole numbers below the one given
 */
export async function writeRandomLog(
  store: EventStore,
  random: (below: number) => number,
  steps: number,
): Promise<void> {
  const next = new Map<string, bigint>();
  for (let step = 0; step < steps; step++) {
    const name = `journey-default_${random(12)}`;
    const revision = next.get(name) ?? 0n;
    const what = random(20);
    if (revision === -1n) continue;
    if (what === 0 && revision > 0n) await store.deleteStream(name, 'any');
    else if (what === 1 && revision > 3n) {
      await store.tombstoneStream(name, 'any');
      next.set(name, -1n);
    } else if (what === 2) await store.setStreamMetadata(name, { truncateBefore: revision / 2n });
    else if (what === 3) await store.setStreamMetadata(name, { maxCount: 1 + random(5) });
    else {
      const events = Array.from({ length: 1 + random(5) }, () => ({
        id: randomUUID(),
        type: 'page-viewed.v1',
        data: { step, text: 'sealed:v1:é\u2028"', list: [1, null, { deep: random(9) / 7 }] },
        metadata: { tenantId: 'default', recordedAt: step },
      }));
      await store.appendToStream(name, events, revision === 0n ? 'noStream' : revision - 1n);
      next.set(name, revision + BigInt(events.length));
    }
  }
}
