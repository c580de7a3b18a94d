import t from 'tap';
import { createOwnStreams } from '../../../src/commands/ownStreams.js';
import { openEmbeddedEventStore } from '../../../src/eventStore/embedded/embeddedEventStore.js';
import { type EventStore, EventStoreUnavailable } from '../../../src/eventStore/eventStore.js';
import { events, idsOf } from '../../support/eventStoreSamples.js';
import { testFolder } from '../../support/testFolder.js';

t.test("what was given up and was written after all is in nobody's way", async (t) => {
  const store = await openEmbeddedEventStore({ folder: testFolder(t), clock: Date.now });
  t.teardown(() => store.close());
  let isAway = false;
  const unanswered: EventStore = Object.create(store, {
    appendToStream: {
      value: async (...about: Parameters<EventStore['appendToStream']>) => {
        const result = await store.appendToStream(...about);
        if (isAway) throw new EventStoreUnavailable('its answer is lost');
        return result;
      },
    },
    readStream: { value: () => Promise.reject(new EventStoreUnavailable('it is away')) },
  });
  const append = createOwnStreams(unanswered, (tenantId) => `own-${tenantId}`);
  const batches = Array.from({ length: 4 }, () => events(2));
  const [first = [], lost = [], alsoLost = [], last = []] = batches;
  await append('acme', first);
  isAway = true;
  await t.rejects(append('acme', lost), { code: 'event-store-unavailable' });
  await t.rejects(append('acme', alsoLost), { code: 'event-store-unavailable' });
  isAway = false;
  await append('acme', last);
  const { events: stored } = await store.readStream('own-acme', { maxCount: 100 });
  t.strictSame(idsOf(stored), idsOf(batches.flat()), 'each once, in order');
});
