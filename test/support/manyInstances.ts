import type { Test } from 'tap';
import { journeyStreamName } from '../../src/domain/journey/streamName.js';
import type { Projection, Reactor } from '../../src/processors/processor.js';
import type { Processors } from '../../src/processors/processors.js';
import type { SharedState } from '../../src/sharedState/sharedState.js';
import { action, appendTo, countingProjection, sessionEnd } from './counting.js';
import { type Instance, instancesOn } from './instances.js';
import { dump, openRig, type Rig } from './processorRig.js';
import { seededRandom } from './seededRandom.js';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** The counting projection under other names, so that there is something to share. */
export function projectionsOf(count: number): Projection[] {
  return Array.from({ length: count }, (_, at) => renamed(countingProjection(), `-${at}`));
}

function renamed(projection: Projection, suffix: string): Projection {
  const name = (plain: string) => `${plain}${suffix}`;
  return {
    ...projection,
    name: name(projection.name),
    collections: projection.collections.map((each) => ({ ...each, name: name(each.name) })),
    keys: (recorded) =>
      projection.keys(recorded).map(({ collection, id }) => ({ collection: name(collection), id })),
    evolve: (recorded, documents) =>
      projection.evolve(recorded, {
        get: (collection, id) => documents.get(name(collection), id),
        put: (collection, document) => documents.put(name(collection), document),
        delete: (collection, id) => documents.delete(name(collection), id),
      }),
  };
}

export async function appendSome(rig: Rig, random: (bound: number) => number, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const events = Array.from({ length: 1 + random(5) }, () =>
      random(5) === 0 ? sessionEnd() : action(`n${random(6)}`),
    );
    await appendTo(rig.eventStore, `journey-${random(12)}`, ...events);
  }
}

export async function documentsOf(rig: Rig, processors: Processors, projections: readonly Projection[]) {
  const names = projections.flatMap(({ collections }) => collections.map(({ name }) => name));
  const dumps = names.map((name) => dump(rig.documentStore, processors.liveCollection(name)));
  return (await Promise.all(dumps)).join('\n');
}

export async function fromScratch(t: Test, rig: Rig, projections: readonly Projection[]): Promise<string> {
  const fresh = await openRig(t);
  const processors = fresh.processors({ eventStore: rig.eventStore, projections });
  await processors.start();
  await processors.caughtUp();
  return documentsOf(fresh, processors, projections);
}

export async function caughtUp(
  rig: Rig,
  { processors }: Instance,
  projections: readonly Projection[],
): Promise<void> {
  const head = await rig.eventStore.head();
  if (head === undefined) return;
  for (const { name } of projections) {
    if (!(await processors.waitFor(name, head, 10_000))) throw new Error(`${name} stays behind`);
  }
}

/** Several instances on one set of stores, whose shared state `open` gives. */
export function manyInstances(t: Test, open: () => SharedState): void {
  t.comment(`seed ${seed}`);
  const projections = projectionsOf(6);

  t.test('work is shared, seen by all, handed over in order and taken over from the dead', async (t) => {
    const random = seededRandom(seed);
    const rig = await openRig(t);
    const instance = instancesOn(rig, open);
    const [one, two, three] = [1, 2, 3].map(() => instance({ projections, reactors: [] }));
    if (one === undefined || two === undefined || three === undefined) return;
    await one.start();
    await rig.until(() => one.runs().length === 6, 'the only one runs everything');
    await appendSome(rig, random, 50);
    await two.start();
    await three.start();
    await rig.until(() => [one, two, three].every((each) => each.runs().length === 2), 'each runs a third');
    await appendSome(rig, random, 100);
    for (const each of [one, two, three]) await caughtUp(rig, each, projections);
    await appendTo(rig.eventStore, 'journey-1', sessionEnd());
    for (const each of [one, two, three]) await caughtUp(rig, each, projections);

    await two.stop();
    await rig.until(() => one.runs().length + three.runs().length === 6, 'the others have its share');
    three.pause();
    await appendSome(rig, random, 100);
    await caughtUp(rig, one, projections);
    t.equal(one.runs().length, 6, 'it has taken over from the one that says nothing');
    three.resume();
    await appendSome(rig, random, 50);
    await rig.until(
      () => one.runs().length + three.runs().length === 6 && three.runs().length > 0,
      'shared again',
    );
    for (const each of [one, three]) await caughtUp(rig, each, projections);
    t.equal(await documentsOf(rig, three.processors, projections), await fromScratch(t, rig, projections));
    await one.stop();
    await three.stop();
  });

  t.test('whoever is paused in the middle, at any time, does no harm when it goes on', async (t) => {
    const random = seededRandom(seed + 1);
    const rig = await openRig(t);
    const instance = instancesOn(rig, open);
    const all = [1, 2, 3].map(() => instance({ projections, reactors: [], batchSize: 7 }));
    for (const each of all) await each.start();
    for (let round = 0; round < 5; round++) {
      const paused = all[random(3)];
      await appendSome(rig, random, 10);
      paused?.pause();
      await appendSome(rig, random, 40);
      const other = all.find((each) => each !== paused);
      if (other !== undefined) await caughtUp(rig, other, projections);
      paused?.resume();
      await appendSome(rig, random, 20);
    }
    for (const each of all) await caughtUp(rig, each, projections);
    const [first] = all;
    if (first === undefined) return;
    t.equal(await documentsOf(rig, first.processors, projections), await fromScratch(t, rig, projections));
    for (const each of all) await each.stop();
  });

  t.test('a rebuild asked of any instance is made by the one that runs the projection', async (t) => {
    const random = seededRandom(seed + 2);
    const rig = await openRig(t);
    const instance = instancesOn(rig, open);
    const some = projections.slice(0, 1);
    const [one, two] = [
      instance({ projections: some, reactors: [] }),
      instance({ projections: some, reactors: [] }),
    ];
    await one.start();
    await rig.until(() => one.runs().length === 1, 'the first runs it');
    await two.start();
    await appendSome(rig, random, 30);
    await caughtUp(rig, two, some);
    const before = two.processors.liveCollection('counts-0');
    await two.processors.rebuild('counts-0');
    await rig.until(() => two.processors.liveCollection('counts-0') !== before, 'the new build is served');
    t.equal(await documentsOf(rig, two.processors, some), await fromScratch(t, rig, some));
    await t.rejects(two.processors.retryParked('counts-0', 'none'), { code: 'not-found' });
    await one.stop();
    await two.stop();
  });

  t.test('what another instance has parked about a person is found, and goes', async (t) => {
    const rig = await openRig(t);
    const instance = instancesOn(rig, open);
    const refuses: Reactor = {
      name: 'refuses',
      replayPolicy: 'never',
      eventTypes: ['ActionTracked'],
      react: () => Promise.reject(new TypeError('no')),
    };
    const [one, two] = [1, 2].map(() => instance({ projections: [], reactors: [refuses] }));
    if (one === undefined || two === undefined) return;
    await one.start();
    await rig.until(() => one.runs().length === 1, 'the first runs it');
    await two.start();
    const [gone, stays] = ['a'.repeat(32), 'b'.repeat(32)] as const;
    const streamOf = (subject: string) => journeyStreamName('default', subject);
    for (const subject of [gone, stays]) await appendTo(rig.eventStore, streamOf(subject), action('one'));
    await rig.until(() => one.processors.statuses()[0]?.parked === 2, 'both are parked');
    t.same(await two.processors.parkedStreams('default', [gone]), [streamOf(gone)]);
    await two.processors.purge('default', [gone]);
    const { documents } = await two.processors.parked('refuses', { limit: 10 });
    t.same(
      documents.map(({ streamName }) => streamName),
      [streamOf(stays)],
    );
    await one.stop();
    await two.stop();
  });

  t.test('partitions of a reactor are spread, and what moves is handed over once', async (t) => {
    const random = seededRandom(seed + 3);
    const rig = await openRig(t);
    const instance = instancesOn(rig, open);
    const seen: string[] = [];
    const partitions = (): Reactor[] =>
      [0, 1, 2, 3].map((partition) => ({
        name: `seen.${partition}`,
        replayPolicy: 'never',
        eventTypes: ['ActionTracked'],
        isMine: ({ streamName }) => Number(streamName.split('-')[1]) % 4 === partition,
        async react({ streamName, revision }) {
          await new Promise((resolve) => setImmediate(resolve));
          seen.push(`${streamName}@${revision}`);
        },
      }));
    const [one, two] = [1, 2].map(() => instance({ projections: [], reactors: partitions() }));
    if (one === undefined || two === undefined) return;
    await one.start();
    await rig.until(() => one.runs().length === 4, 'all on one');
    let expected = 0;
    const add = async (count: number) => {
      for (let at = 0; at < count; at++, expected++) {
        await appendTo(rig.eventStore, `journey-${random(12)}`, action('a'));
      }
    };
    await add(50);
    await two.start();
    await add(100);
    await rig.until(() => one.runs().length === 2 && two.runs().length === 2, 'two on each');
    await add(100);
    await rig.until(() => new Set(seen).size === expected, 'everything was handed over');
    t.equal(seen.length, expected, 'once: nobody crashed');
    two.pause();
    await rig.until(() => one.runs().length === 4, 'taken over');
    await add(50);
    two.resume();
    await add(50);
    await rig.until(() => new Set(seen).size === expected, 'nothing is left out');
    await one.stop();
    await two.stop();
  });
}
