import t from 'tap';
import type { Reactor } from '../../src/processors/processor.js';
import type { ProjectionHost } from '../../src/processors/projectionHost.js';
import { action, appendTo } from '../support/counting.js';
import { keepBusy } from '../support/keepBusy.js';
import { openRig } from '../support/processorRig.js';

const ignored = async () => undefined;

/** Keeps no projections; remembers when they had to give way. */
function projectionsThatGiveWay(): { readonly host: ProjectionHost; readonly gaveWay: boolean[] } {
  const gaveWay: boolean[] = [];
  const unknown = async () => {
    throw new Error('there are none');
  };
  const host: ProjectionHost = {
    ...{ start: ignored, stop: ignored, rebuild: unknown, parked: unknown, retry: unknown, purge: ignored },
    ...{ caughtUp: ignored, forgetPast: unknown, advanceClock: ignored },
    statuses: () => [],
    isHere: () => true,
    liveCollection: (name) => name,
    position: () => undefined,
    waitFor: async () => true,
    async giveWay(on) {
      gaveWay.push(on);
    },
  };
  return { host, gaveWay };
}

const people = Array.from({ length: 16 }, (_, at) => `person-${at}`);

/** Keeps this thread busy for a while each time, one event after the other. */
function busyReactor(isUrgent: boolean) {
  let reactions = 0;
  const reactor: Reactor = {
    ...{ name: 'busy', replayPolicy: 'never', eventTypes: ['ActionTracked'], concurrency: 1 },
    isUrgent,
    async react() {
      reactions += 1;
      keepBusy(60);
    },
  };
  return { reactor, reactions: () => reactions };
}

t.test('projections give way while reactions begin late, and no more at the stop', async (t) => {
  const rig = await openRig(t);
  const { host, gaveWay } = projectionsThatGiveWay();
  const processors = rig.processors({ projectionHost: host, reactors: [busyReactor(true).reactor] });
  await processors.start();
  processors.giveWayToUrgent();
  t.notOk(processors.giveWay);
  while (gaveWay.length === 0) {
    // Together, so that the last of them waits for the others.
    await Promise.all(people.map((name) => appendTo(rig.eventStore, name, action('clicked'))));
    await processors.caughtUp();
  }
  t.equal(gaveWay[0], true);
  await processors.stop();
  t.equal(gaveWay.at(-1), false);
  t.notOk(processors.giveWay);
});

t.test('they do not where nobody waits for the reactions', async (t) => {
  const rig = await openRig(t);
  const { host, gaveWay } = projectionsThatGiveWay();
  const { reactor, reactions } = busyReactor(false);
  const processors = rig.processors({ projectionHost: host, reactors: [reactor] });
  await processors.start();
  processors.giveWayToUrgent();
  while (reactions() < 32) {
    await Promise.all(people.map((name) => appendTo(rig.eventStore, name, action('clicked'))));
    await processors.caughtUp();
  }
  await processors.stop();
  t.strictSame(gaveWay, []);
});
