import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import type { DocumentStore } from '../../src/documentStore/documentStore.js';
import { journeyStreamName } from '../../src/domain/journey/streamName.js';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import type { Projection, Reactor } from '../../src/processors/processor.js';
import { action, appendTo, countingProjection } from '../support/counting.js';
import { delegate, openRig } from '../support/processorRig.js';
import { testFolder } from '../support/testFolder.js';
import { writeSide } from '../support/writeSide.js';

const [ada, bob] = ['a'.repeat(32), 'b'.repeat(32)] as const;
const streamOf = (subject: string) => journeyStreamName('default', subject);
/** Milliseconds: what is waited for here never comes. */
const inVain = 20;

t.test('a rebuild that never ends is waited for only so long', async (t) => {
  const rig = await openRig(t);
  for (let count = 0; count < 30; count++) await appendTo(rig.eventStore, streamOf(ada), action(`${count}`));
  let stuck = false;
  const dying: DocumentStore = {
    ...delegate(rig.documentStore),
    async commit(commit) {
      if (!commit.checkpoint?.name.endsWith('.2')) return rig.documentStore.commit(commit);
      stuck = true;
      return new Promise(() => undefined);
    },
  };
  const processors = rig.abandoned({
    documentStore: dying,
    projections: [countingProjection()],
    batchSize: 10,
  });
  await processors.start();
  await processors.rebuild('counts');
  await rig.until(() => stuck, 'the rebuild is stuck');
  const head = await rig.eventStore.head();
  await t.rejects(processors.projectionsCaughtUp(head, inVain), { code: 'rebuild-under-way' });
});

t.test('a reaction under way is waited for, those to others are not', async (t) => {
  const rig = await openRig(t);
  let release: (() => void) | undefined;
  const reactor: Reactor = {
    name: 'slow',
    replayPolicy: 'never',
    eventTypes: ['ActionTracked'],
    react: () => new Promise<void>((resolve) => (release = resolve)),
  };
  const processors = rig.processors({ reactors: [reactor] });
  await processors.start();
  await appendTo(rig.eventStore, streamOf(ada), action('one'));
  await rig.until(() => release !== undefined, 'the reaction has begun');
  await processors.reactionsOver([streamOf(bob)], inVain);
  await t.rejects(processors.reactionsOver([streamOf(ada)], inVain), { code: 'reaction-under-way' });
  const over = processors.reactionsOver([streamOf(ada)]);
  release?.();
  await over;
});

t.test('what reactors and projections have parked about a person goes, and nothing else', async (t) => {
  const rig = await openRig(t);
  const reactor: Reactor = {
    name: 'refuses',
    replayPolicy: 'never',
    eventTypes: ['ActionTracked'],
    react: () => Promise.reject(new TypeError('no')),
  };
  const projections = [countingProjection({ poison: () => 'poison' })];
  const processors = rig.processors({ reactors: [reactor], projections });
  await processors.start();
  for (const subject of [ada, bob])
    await appendTo(rig.eventStore, streamOf(subject), action('poison'), action('next'));
  await processors.caughtUp();
  const parkedOf = async (name: string) =>
    (await processors.parked(name, { limit: 10 })).documents.map(({ streamName }) => streamName);
  for (const name of ['counts', 'refuses']) t.equal((await parkedOf(name)).length, 4, name);
  t.same(await processors.parkedStreams('default', [ada]), [streamOf(ada)]);
  t.same(await processors.parkedStreams('another', [ada]), [], 'of this tenant alone');

  await processors.purge('default', [ada]);
  for (const name of ['counts', 'refuses'])
    t.same(await parkedOf(name), [streamOf(bob), streamOf(bob)], name);
  t.same(
    processors.statuses().map(({ parked }) => parked),
    [2, 2],
    'nor is it counted',
  );
  await processors.purge('default', [ada]);
});

t.test(
  'a read model that is slow to forget persons processes the events that came before it goes on',
  async (t) => {
    const rig = await openRig(t);
    let queries = 0;
    let folded = 0;
    let foldedBetween = -1;
    const slow: DocumentStore = {
      ...delegate(rig.documentStore),
      async find(collection, query) {
        if (collection.startsWith('persons.')) queries += 1;
        if (queries === 1) {
          await appendTo(rig.eventStore, streamOf(bob), ...Array.from({ length: 10 }, () => action('one')));
          await setTimeout(1000);
        }
        // The first of the next 256 subjects, 64 at a time.
        if (queries === 5) foldedBetween = folded;
        return rig.documentStore.find(collection, query);
      },
    };
    const projection: Projection = {
      name: 'persons',
      version: 1,
      collections: [{ name: 'persons', indexes: [['tenantId', 'subject']] }],
      aboutPersons: ['persons'],
      eventTypes: ['ActionTracked'],
      keys: () => [],
      evolve: () => {
        folded += 1;
      },
    };
    const processors = rig.processors({ documentStore: slow, projections: [projection], batchSize: 1 });
    await processors.start();
    await processors.purge(
      'default',
      Array.from({ length: 300 }, (_, at) => `${at}`.padStart(32, '0')),
    );
    t.equal(foldedBetween, 10);
  },
);

t.test(
  'a link under way is recorded whole before its user is suspended, and none is begun then',
  async (t) => {
    const eventStore = await openEmbeddedEventStore({ folder: testFolder(t), clock: Date.now });
    t.teardown(() => eventStore.close());
    const { journeys } = writeSide(eventStore);
    const cause = { correlationId: 'c', recordedAt: 1 };
    const add = (linkedSubject: string) =>
      journeys.execute(
        'default',
        ada,
        [{ type: 'AddLinkedJourney', linkedSubject, kind: 'anonymous', occurredAt: 1 }],
        cause,
      );
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    const linking = journeys.beside('default', ada, async () => {
      await held;
      return add(bob);
    });
    let isSuspended = false;
    const suspending = journeys.suspend('default', [ada]).then(() => (isSuspended = true));
    t.equal(await journeys.beside('default', ada, () => add('later')), undefined, 'nothing more is begun');
    t.notOk(isSuspended);
    go();
    t.match(await linking, { changed: [true], erased: false });
    await suspending;
    t.match(await add('later'), { changed: [false], erased: true });
    const { events } = await eventStore.readStream(streamOf(ada), { maxCount: 10 });
    t.equal(events.length, 1);
  },
);
