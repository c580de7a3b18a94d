import t, { type Test } from 'tap';
import type { DocumentStore } from '../../src/documentStore/documentStore.js';
import type { ParkedEvent, Projection } from '../../src/processors/processor.js';
import type { Processors } from '../../src/processors/processors.js';
import { action, appendTo, type CountDocument, countingProjection, sessionEnd } from '../support/counting.js';
import { delegate, dump, openRig, type Rig } from '../support/processorRig.js';
import { seededRandom } from '../support/seededRandom.js';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
t.comment(`seed ${seed}`);

async function append(rig: Rig, count: number, random: (bound: number) => number): Promise<void> {
  for (let left = count; left > 0; ) {
    const some = Math.min(left, 1 + random(30));
    left -= some;
    const events = Array.from({ length: some }, () =>
      random(5) === 0 ? sessionEnd() : action(`n${random(6)}`),
    );
    await appendTo(rig.eventStore, `journey-${random(20)}`, ...events);
  }
}

async function everything(rig: Rig, processors: Processors): Promise<string> {
  const [counts, names] = ['counts', 'names'].map((name) => processors.liveCollection(name));
  return `${await dump(rig.documentStore, counts ?? '')}\n${await dump(rig.documentStore, names ?? '')}`;
}

/** What a fold from scratch in batches of this size gives. */
async function fromScratch(t: Test, rig: Rig, batchSize: number, poison?: string): Promise<string> {
  const fresh = await openRig(t);
  const processors = fresh.processors({
    eventStore: rig.eventStore,
    projections: [countingProjection({ poison: () => poison })],
    batchSize,
  });
  await processors.start();
  await processors.caughtUp();
  const documents = await everything(fresh, processors);
  await processors.stop();
  return documents;
}

t.test('documents are the same however the events are batched, and whatever is in memory', async (t) => {
  const random = seededRandom(seed);
  const rig = await openRig(t);
  await append(rig, 400, random);
  const first = rig.processors({ projections: [countingProjection()], batchSize: 1 + random(40) });
  await first.start();
  await append(rig, 400, random);
  await first.stop();
  const second = rig.processors({ projections: [countingProjection()], batchSize: 1 + random(400) });
  await second.start();
  await append(rig, 100, random);
  await second.caughtUp();
  const expected = await fromScratch(t, rig, 5000);
  t.equal(await everything(rig, second), expected);
  t.match(expected, /"events":\d/);
});

t.test('a crash between two commits neither loses nor repeats an event', async (t) => {
  const random = seededRandom(seed);
  const rig = await openRig(t);
  await append(rig, 300, random);
  for (let crash = 0; crash < 6; crash++) {
    let commitsLeft = 1 + random(4);
    let dead = false;
    const dying: DocumentStore = {
      ...delegate(rig.documentStore),
      async commit(commit) {
        if (!dead) await rig.documentStore.commit(commit);
        commitsLeft -= 1;
        // The last commit is stored, but the process dies before it learns of it.
        dead ||= commitsLeft === 0;
        if (dead) await new Promise(() => undefined);
      },
    };
    const doomed = rig.abandoned({
      documentStore: dying,
      projections: [countingProjection()],
      batchSize: 1 + random(20),
    });
    const start = doomed.start();
    await rig.until(() => dead || doomed.statuses()[0]?.behind === false, 'the crash');
    if (!dead) await start;
  }
  const survivor = rig.processors({ projections: [countingProjection()], batchSize: 50 });
  await survivor.start();
  await survivor.caughtUp();
  t.equal(await everything(rig, survivor), await fromScratch(t, rig, 5000));
});

t.test('a poison event is parked with what follows it in its stream, and others go on', async (t) => {
  for (const [batchSize, commitSize] of [
    [1, 1],
    [3, 3],
    [1, 5000],
    [5000, 5000],
  ] as const) {
    await t.test(`in batches of ${batchSize}, commits of ${commitSize}`, async (t) => {
      const rig = await openRig(t);
      let poison: string | undefined = 'bad';
      const processors = rig.processors({
        projections: [countingProjection({ poison: () => poison })],
        batchSize,
        commitSize,
      });
      await appendTo(rig.eventStore, 'a', action('one'), action('bad'), action('two'));
      await appendTo(rig.eventStore, 'b', action('one'), action('two'));
      await appendTo(rig.eventStore, 'a', action('three'), sessionEnd());
      await processors.start();
      await processors.caughtUp();
      const count = async (stream: string) =>
        (await rig.documentStore.get<CountDocument>(processors.liveCollection('counts'), stream))?.names;
      t.same(await count('a'), ['one']);
      t.same(await count('b'), ['one', 'two']);
      t.equal(await rig.documentStore.get(processors.liveCollection('names'), 'bad'), undefined);

      const { documents } = await processors.parked('counts', { limit: 10 });
      const shown = ({ streamName, revision, reason, attempts, eventType }: ParkedEvent) =>
        [streamName, revision, reason, attempts, eventType].join(' ');
      t.same(documents.map(shown), [
        'a 1 TypeError 1 ActionTracked',
        'a 2 behind-parked-event 0 ActionTracked',
        'a 3 behind-parked-event 0 ActionTracked',
      ]);
      t.notMatch(JSON.stringify(documents), /secret/);
      t.equal(processors.statuses()[0]?.parked, 3);

      const first = documents[0]?.id ?? '';
      t.same(await processors.retryParked('counts', first), { processed: 0, failure: 'TypeError' });
      t.equal((await processors.parked('counts', { limit: 1 })).documents[0]?.attempts, 2);
      t.same(await count('a'), ['one']);

      // The set of parked streams is known again after a restart.
      await processors.stop();
      const again = rig.processors({
        projections: [countingProjection({ poison: () => poison })],
        batchSize,
      });
      await again.start();
      await appendTo(rig.eventStore, 'a', action('four'));
      await again.caughtUp();
      t.equal(again.statuses()[0]?.parked, 4);

      poison = undefined;
      t.same(await again.retryParked('counts', documents[2]?.id ?? ''), { processed: 4, failure: null });
      await appendTo(rig.eventStore, 'a', action('five'));
      await again.caughtUp();
      t.equal(again.statuses()[0]?.parked, 0);
      t.same(await count('a'), ['two', 'three', 'four', 'five']);
      t.equal(
        (await rig.documentStore.get<CountDocument>(again.liveCollection('counts'), 'a'))?.events,
        6,
        'each was folded once',
      );
      await t.rejects(again.retryParked('counts', first), { code: 'not-found' });
    });
  }
});

t.test('with poison the documents are the same however the events are batched', async (t) => {
  const random = seededRandom(seed);
  const rig = await openRig(t);
  await append(rig, 400, random);
  const expected = await fromScratch(t, rig, 5000, 'n3');
  t.equal(await fromScratch(t, rig, 1, 'n3'), expected);
  t.equal(await fromScratch(t, rig, 2 + random(60), 'n3'), expected);
});

t.test(
  'a projection that reaches for a document it did not name fails, whatever its neighbours named',
  async (t) => {
    const rig = await openRig(t);
    const reaching = {
      ...countingProjection(),
      keys: () => [],
    };
    await appendTo(rig.eventStore, 'a', action('one'));
    const processors = rig.processors({ projections: [reaching] });
    await processors.start();
    await processors.caughtUp();
    t.equal((await processors.parked('counts', { limit: 1 })).documents[0]?.reason, 'unnamed-document');
  },
);

t.test('what is only put is not loaded, and cannot be reached for', async (t) => {
  const rig = await openRig(t);
  const loaded: string[] = [];
  const documentStore: DocumentStore = {
    ...delegate(rig.documentStore),
    getMany(name, ids) {
      loaded.push(...ids);
      return rig.documentStore.getMany(name, ids);
    },
  };
  await appendTo(rig.eventStore, 'a', action('one'));
  const putting: Projection = {
    ...countingProjection(),
    putOnly: ['counts', 'names'],
    evolve({ streamName }, documents) {
      const document = { id: streamName, events: 1 };
      documents.put('counts', document);
    },
  };
  const processors = rig.processors({ documentStore, projections: [putting] });
  await processors.start();
  await processors.caughtUp();
  t.strictSame(loaded, []);
  t.match(await rig.documentStore.get(processors.liveCollection('counts'), 'a'), { events: 1 });
  await processors.stop();
  const reaching = { ...countingProjection({ version: 2 }), putOnly: ['counts'] };
  const again = rig.processors({ projections: [reaching] });
  await again.start();
  await again.caughtUp();
  t.equal((await again.parked('counts', { limit: 1 })).documents[0]?.reason, 'unnamed-document');
});

t.test('a projection is behind while the documents of a batch are loaded', async (t) => {
  const rig = await openRig(t);
  let isLoading = false;
  let load: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    load = resolve;
  });
  const documentStore: DocumentStore = {
    ...delegate(rig.documentStore),
    async getMany(...about) {
      isLoading = true;
      await held;
      return rig.documentStore.getMany(...about);
    },
  };
  const processors = rig.processors({ documentStore, projections: [countingProjection()] });
  await processors.start();
  await appendTo(rig.eventStore, 'other', sessionEnd());
  await processors.caughtUp();
  t.equal(processors.statuses()[0]?.behind, false);
  await appendTo(rig.eventStore, 'a', action('one'));
  await rig.until(() => isLoading, 'documents are asked for');
  t.equal(processors.statuses()[0]?.behind, true);
  load();
  await processors.caughtUp();
  await rig.until(() => processors.statuses()[0]?.behind === false, 'all is stored');
});

t.test(
  'while a store is away the loop waits longer each time, and then goes on from its checkpoint',
  async (t) => {
    const rig = await openRig(t);
    let away = 0;
    const flaky: DocumentStore = {
      ...delegate(rig.documentStore),
      async commit(commit) {
        if (commit.checkpoint !== undefined && away > 0) {
          away -= 1;
          throw Object.assign(new Error('gone'), { code: 'document-store-unavailable' });
        }
        return rig.documentStore.commit(commit);
      },
    };
    const processors = rig.processors({ documentStore: flaky, projections: [countingProjection()] });
    await processors.start();
    await appendTo(rig.eventStore, 'a', action('one'));
    await processors.caughtUp();
    away = 12;
    rig.waits.length = 0;
    await appendTo(rig.eventStore, 'a', action('two'));
    await rig.until(() => processors.statuses()[0]?.state === 'failed', 'the failure shows');
    t.equal(processors.statuses()[0]?.error, 'document-store-unavailable');
    t.equal(processors.statuses()[0]?.behind, true);
    await processors.caughtUp();
    t.same(
      rig.waits.filter((wait) => wait < 60_000),
      [75, 150, 300, 600, 1200, 2400, 4800, 9600, 19200, 22500, 22500, 22500],
    );
    t.match(processors.statuses()[0], { state: 'running', error: null, behind: false, parked: 0 });
    t.match(await rig.documentStore.get(processors.liveCollection('counts'), 'a'), { events: 2 });
  },
);

t.test('waitFor passes as soon as a position is seen, irrelevant events included', async (t) => {
  const rig = await openRig(t);
  const processors = rig.processors({ projections: [countingProjection()] });
  await processors.start();
  t.equal(processors.position('counts'), undefined);
  const { position } = await appendTo(rig.eventStore, 'a', action('one'));
  t.equal(await processors.waitFor('counts', position, 10_000), true);
  t.match(await rig.documentStore.get(processors.liveCollection('counts'), 'a'), { events: 1 });
  const next = { commit: position.commit + 1n, prepare: position.prepare + 1n };
  t.equal(await processors.waitFor('counts', next, 1), false);
  const waiting = processors.waitFor('counts', next, 10_000);
  t.same((await appendTo(rig.eventStore, 'a', sessionEnd())).position, next);
  t.equal(await waiting, true);
  t.same(processors.position('counts'), next);
  t.throws(() => processors.waitFor('unknown', next, 1), { code: 'not-found' });
});

t.test('documents that are due follow the clock when all events are processed', async (t) => {
  const rig = await openRig(t);
  const advanced: string[] = [];
  const projection = {
    ...countingProjection(),
    clock: {
      collection: 'counts',
      dueField: 'due',
      advance(document: { id: string }, now: number) {
        advanced.push(document.id);
        return { ...document, due: undefined, advancedAt: now };
      },
    },
  };
  const streams = Array.from({ length: 450 }, (_, at) => `s${String(at).padStart(3, '0')}`);
  for (const stream of streams) await appendTo(rig.eventStore, stream, action('one'));
  rig.now = 1000;
  const processors = rig.processors({ projections: [projection] });
  await processors.start();
  await processors.caughtUp();
  t.same(advanced, [], 'due at 1001');
  await processors.advanceClock(1001);
  t.same(advanced, streams);
  await processors.advanceClock(1001);
  t.equal(advanced.length, 450, 'once');
  await appendTo(rig.eventStore, 's000', action('two'));
  await processors.caughtUp();
  t.match(await rig.documentStore.get(processors.liveCollection('counts'), 's000'), {
    events: 2,
    advancedAt: 1001,
  });
});
