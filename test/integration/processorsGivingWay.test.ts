import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import type { Reactor } from '../../src/processors/processor.js';
import type { ProjectionHost } from '../../src/processors/projectionHost.js';
import { action, appendTo } from '../support/counting.js';
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

t.test('projections give way while reactions begin late, and no more at the stop', async (t) => {
  const rig = await openRig(t);
  const { host, gaveWay } = projectionsThatGiveWay();
  const reactor: Reactor = {
    name: 'busy',
    replayPolicy: 'never',
    eventTypes: ['ActionTracked'],
    async react() {
      const until = performance.now() + 30;
      while (performance.now() < until);
    },
  };
  const processors = rig.processors({ projectionHost: host, reactors: [reactor] });
  await processors.start();
  // The rig's events were recorded long before its present.
  for (let at = 0; gaveWay.length === 0; at++) {
    await appendTo(rig.eventStore, `person-${at}`, action('clicked'));
    await setImmediate();
  }
  t.strictSame(gaveWay, [true]);
  await processors.stop();
  t.equal(gaveWay.at(-1), false);
});

t.test('they do not where reactions begin at once, however busy', async (t) => {
  const rig = await openRig(t);
  rig.now = 0;
  const { host, gaveWay } = projectionsThatGiveWay();
  let reactions = 0;
  const reactor: Reactor = {
    name: 'busy',
    replayPolicy: 'never',
    eventTypes: ['ActionTracked'],
    async react() {
      reactions += 1;
      const until = performance.now() + 30;
      while (performance.now() < until);
    },
  };
  const processors = rig.processors({ projectionHost: host, reactors: [reactor] });
  await processors.start();
  for (let at = 0; reactions < 20; at++) {
    await appendTo(rig.eventStore, `person-${at}`, action('clicked'));
    await setImmediate();
  }
  await processors.stop();
  t.strictSame(gaveWay, []);
});
