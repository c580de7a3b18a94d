import t, { type Test } from 'tap';
import type { DocumentStore } from '../../src/documentStore/documentStore.js';
import type { Processors } from '../../src/processors/processors.js';
import { action, appendTo, type CountDocument, countingProjection } from '../support/counting.js';
import { delegate, dump, openRig, type Rig } from '../support/processorRig.js';
import { seededRandom } from '../support/seededRandom.js';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
t.comment(`seed ${seed}`);

async function append(rig: Rig, count: number, random: (bound: number) => number): Promise<void> {
  for (let left = count; left > 0; left -= 10) {
    const events = Array.from({ length: 10 }, () => action(`n${random(6)}`));
    await appendTo(rig.eventStore, `journey-${random(20)}`, ...events);
  }
}

const documents = (rig: Rig, processors: Processors) =>
  dump(rig.documentStore, processors.liveCollection('counts'));

async function fromScratch(t: Test, rig: Rig, version = 1): Promise<string> {
  const fresh = await openRig(t);
  const processors = fresh.processors({
    eventStore: rig.eventStore,
    projections: [countingProjection({ version })],
  });
  await processors.start();
  await processors.caughtUp();
  const all = await documents(fresh, processors);
  await processors.stop();
  return all;
}

t.test(
  'a rebuild under load serves whole models only, and ends with what a fold from scratch gives',
  async (t) => {
    const random = seededRandom(seed);
    const rig = await openRig(t);
    await append(rig, 600, random);
    const processors = rig.processors({ projections: [countingProjection()], batchSize: 20 + random(60) });
    await processors.start();
    await processors.caughtUp();
    const before = processors.liveCollection('counts');
    let last = processors.position('counts')?.commit ?? 0n;
    let done = false;
    let seen = 0;
    const wrong: string[] = [];
    const load = (async () => {
      while (!done || seen < 3) await append(rig, 20, random);
    })();
    const watch = (async () => {
      while (!done) {
        const total = await totalEvents(rig, processors);
        const position = processors.position('counts')?.commit ?? 0n;
        if (total < 600) wrong.push(`half-built: ${total}`);
        if (position < last) wrong.push(`back from ${last} to ${position}`);
        last = position;
        seen += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await processors.rebuild('counts');
    t.equal(processors.statuses()[0]?.state, 'rebuilding');
    await t.rejects(processors.rebuild('counts'), { code: 'conflict' });
    await rig.until(() => processors.statuses()[0]?.state === 'running', 'the swap');
    done = true;
    await Promise.all([load, watch]);
    await processors.caughtUp();
    t.same(wrong, []);
    t.not(processors.liveCollection('counts'), before);
    t.equal(await documents(rig, processors), await fromScratch(t, rig));
    await rig.until(async () => {
      const gone = await rig.documentStore.count(before).catch(() => 0);
      return gone === 0;
    }, 'the old collection is removed');
  },
);

async function totalEvents(rig: Rig, processors: Processors): Promise<number> {
  const { documents } = await rig.documentStore.find<CountDocument>(processors.liveCollection('counts'), {
    limit: 500,
  });
  return documents.reduce((sum, { events }) => sum + events, 0);
}

t.test('a rebuild killed midway serves the old model and goes on at the next start', async (t) => {
  const random = seededRandom(seed);
  const rig = await openRig(t);
  await append(rig, 400, random);
  const first = rig.processors({ projections: [countingProjection()] });
  await first.start();
  await first.caughtUp();
  const before = first.liveCollection('counts');
  await first.stop();

  let commits = 0;
  const dying: DocumentStore = {
    ...delegate(rig.documentStore),
    async commit(commit) {
      if (commit.checkpoint?.name.endsWith('.2') && ++commits > 5) return new Promise(() => undefined);
      return rig.documentStore.commit(commit);
    },
  };
  const doomed = rig.abandoned({ documentStore: dying, projections: [countingProjection()], batchSize: 10 });
  await doomed.start();
  await doomed.rebuild('counts');
  await rig.until(() => commits > 5, 'the kill');
  t.equal(doomed.liveCollection('counts'), before);

  const again = rig.processors({ projections: [countingProjection()], batchSize: 10 });
  await again.start();
  t.equal(again.liveCollection('counts'), before, 'not the half-built one');
  t.equal(again.statuses()[0]?.state, 'rebuilding');
  await append(rig, 50, random);
  await again.caughtUp();
  t.not(again.liveCollection('counts'), before);
  t.equal(await documents(rig, again), await fromScratch(t, rig));
});

t.test('a raised version is built while the old one is served as it was', async (t) => {
  const random = seededRandom(seed);
  const rig = await openRig(t);
  await append(rig, 200, random);
  const first = rig.processors({ projections: [countingProjection()] });
  await first.start();
  await first.caughtUp();
  const old = await documents(rig, first);
  const before = first.liveCollection('counts');
  await first.stop();
  await append(rig, 200, random);

  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow: DocumentStore = {
    ...delegate(rig.documentStore),
    async getMany(collection, ids) {
      await held;
      return rig.documentStore.getMany(collection, ids);
    },
  };
  const second = rig.processors({ documentStore: slow, projections: [countingProjection({ version: 2 })] });
  await second.start();
  t.equal(second.liveCollection('counts'), before);
  t.equal(await documents(rig, second), old);
  t.match(second.statuses()[0], { state: 'rebuilding', version: 1 });
  release();
  await second.caughtUp();
  t.match(second.statuses()[0], { state: 'running', version: 2, rebuildProgress: null, behind: false });
  t.equal(second.liveCollection('counts'), 'counts.v2.2');
  await append(rig, 50, random);
  await second.caughtUp();
  t.equal(await documents(rig, second), await fromScratch(t, rig, 2));
});

t.test('what a rebuild parks replaces what was parked before', async (t) => {
  const rig = await openRig(t);
  let poison: string | undefined = 'bad';
  const processors = rig.processors({ projections: [countingProjection({ poison: () => poison })] });
  await processors.start();
  await appendTo(rig.eventStore, 'a', action('bad'), action('one'), action('worse'));
  await processors.caughtUp();
  t.equal(processors.statuses()[0]?.parked, 3);
  poison = 'worse';
  await processors.rebuild('counts');
  await processors.caughtUp();
  const { documents } = await processors.parked('counts', { limit: 5 });
  t.same(
    documents.map(({ revision }) => revision),
    ['2'],
  );
  t.equal(processors.statuses()[0]?.parked, 1);
  await t.rejects(processors.rebuild('unknown'), { code: 'not-found' });
});
