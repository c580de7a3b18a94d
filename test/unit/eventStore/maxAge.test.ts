import t from 'tap';
import { openEmbeddedEventStore } from '../../../src/eventStore/embedded/embeddedEventStore.js';
import { events } from '../../support/eventStoreSamples.js';
import { testFolder } from '../../support/testFolder.js';

t.test('maxAge hides events as the clock passes, also after reopening', async (t) => {
  const folder = testFolder(t);
  let now = 1_000_000;
  const open = () => openEmbeddedEventStore({ folder, clock: () => now });
  let store = await open();
  const revisions = async (direction: 'forwards' | 'backwards') =>
    (await store.readStream('s', { direction, maxCount: 10 })).events.map(({ revision }) => Number(revision));
  await store.setStreamMetadata('s', { maxAge: 10 });
  for (const time of [1_000_000, 1_004_000, 1_008_000]) {
    now = time;
    await store.appendToStream('s', events(2), 'any');
    await store.appendToStream('other', events(2), 'any');
  }
  now = 1_010_000;
  t.strictSame(await revisions('forwards'), [0, 1, 2, 3, 4, 5], 'exactly ten seconds old is still readable');
  now = 1_010_001;
  t.strictSame(await revisions('forwards'), [2, 3, 4, 5]);
  t.strictSame(await revisions('backwards'), [5, 4, 3, 2]);
  await store.close();
  store = await open();
  t.strictSame(await revisions('forwards'), [2, 3, 4, 5]);
  now = 1_100_000;
  t.strictSame(await store.readStream('s', { maxCount: 10 }), { exists: true, events: [], lastRevision: 5n });
  t.equal((await store.appendToStream('s', events(1), 5n)).revision, 6n);
  await store.close();
});

t.test('a clock that jumps back hides nothing out of order', async (t) => {
  let now = 1_000_000;
  const store = await openEmbeddedEventStore({ folder: testFolder(t), clock: () => now });
  t.teardown(() => store.close());
  await store.setStreamMetadata('s', { maxAge: 10 });
  await store.appendToStream('s', events(1), 'noStream');
  now = 0;
  await store.appendToStream('s', events(1), 0n);
  now = 1_005_000;
  t.equal((await store.readStream('s', { maxCount: 10 })).events.length, 2);
});
