import t from 'tap';
import type { DomainEvent } from '../../src/domain/domainEvent.js';
import type { Recorded } from '../../src/domain/metadata.js';
import { formatPosition } from '../../src/eventStore/eventStore.js';
import type { Reactor } from '../../src/processors/processor.js';
import { action, appendTo, sessionEnd } from '../support/counting.js';
import { openRig, type Rig } from '../support/processorRig.js';

/** Remembers what it was handed. */
function recorder(
  react: (name: string, recorded: Recorded<DomainEvent>) => Promise<void> = async () => undefined,
) {
  const seen: string[] = [];
  const reactor: Reactor = {
    name: 'recorder',
    replayPolicy: 'never',
    eventTypes: ['ActionTracked'],
    async react(recorded) {
      const name = recorded.event.type === 'ActionTracked' ? recorded.event.data.name : '';
      await react(name, recorded);
      seen.push(`${recorded.streamName}:${name}`);
    },
  };
  return { seen, reactor };
}

const checkpoint = (rig: Rig) => rig.documentStore.getCheckpoint('reactor.recorder');

t.test('begins at the end of the store, and after a restart where it was', async (t) => {
  const rig = await openRig(t);
  await appendTo(rig.eventStore, 'a', action('before'));
  const first = recorder();
  const processors = rig.processors({ reactors: [first.reactor] });
  await processors.start();
  await appendTo(rig.eventStore, 'a', action('one'), sessionEnd(), action('two'));
  await processors.caughtUp();
  t.same(first.seen, ['a:one', 'a:two']);
  await processors.stop();
  await appendTo(rig.eventStore, 'a', action('while away'));
  const second = recorder();
  const again = rig.processors({ reactors: [second.reactor] });
  await again.start();
  await again.caughtUp();
  t.same(second.seen, ['a:while away'], 'nothing is replayed');
  await t.rejects(again.rebuild('recorder'), { code: 'conflict' });
});

t.test('an installation that was empty at the first start misses nothing', async (t) => {
  const rig = await openRig(t);
  const none = rig.processors({ reactors: [recorder().reactor] });
  await none.start();
  await none.stop();
  await appendTo(rig.eventStore, 'a', action('one'));
  const { seen, reactor } = recorder();
  const processors = rig.processors({ reactors: [reactor] });
  await processors.start();
  await processors.caughtUp();
  t.same(seen, ['a:one']);
});

t.test('streams side by side, each in order, and the checkpoint stops at the first gap', async (t) => {
  const rig = await openRig(t);
  const holding = new Map<string, () => void>();
  const { seen, reactor } = recorder((name) => new Promise((resolve) => holding.set(name, resolve)));
  const processors = rig.processors({ reactors: [reactor] });
  await processors.start();
  await appendTo(rig.eventStore, 'z', sessionEnd());
  const start = (await rig.eventStore.head()) ?? { commit: 0n, prepare: 0n };
  await appendTo(rig.eventStore, 'a', action('a1'), action('a2'));
  await appendTo(rig.eventStore, 'b', action('b1'), action('b2'));
  await rig.until(() => holding.has('a1') && holding.has('b1'), 'both streams are under way');
  t.notOk(holding.has('a2') || holding.has('b2'));
  holding.get('b1')?.();
  await rig.until(() => holding.has('b2'), 'b goes on');
  holding.get('b2')?.();
  await rig.until(() => seen.length === 2, 'b is done');
  const atStart = formatPosition(start);
  await rig.until(async () => (await checkpoint(rig)) === atStart, 'the checkpoint is before a1');
  t.match(processors.statuses()[0], { behind: true, position: atStart });

  // A crash now: what lies behind the gap is handed over again.
  const after = recorder();
  const again = rig.processors({ reactors: [after.reactor] });
  await again.start();
  await again.caughtUp();
  t.same([...after.seen].sort(), ['a:a1', 'a:a2', 'b:b1', 'b:b2']);
  t.same(
    after.seen.filter((name) => name.startsWith('a')),
    ['a:a1', 'a:a2'],
  );
  holding.get('a1')?.();
  await rig.until(() => holding.has('a2'), 'a2');
  holding.get('a2')?.();
});

t.test('many events in many streams: each once, in order, and all memory is given back', async (t) => {
  const rig = await openRig(t);
  const { seen, reactor } = recorder(() => new Promise((resolve) => setImmediate(resolve)));
  const processors = rig.processors({ reactors: [reactor], batchSize: 700 });
  await processors.start();
  const expected = new Map<string, string[]>();
  for (let round = 0; round < 40; round++) {
    const stream = `s${round % 7}`;
    const names = Array.from({ length: 60 }, (_, at) => `${round}.${at}`);
    expected.set(stream, [...(expected.get(stream) ?? []), ...names.map((name) => `${stream}:${name}`)]);
    await appendTo(rig.eventStore, stream, ...names.map(action));
  }
  await processors.caughtUp();
  for (const [stream, names] of expected) {
    t.same(
      seen.filter((name) => name.startsWith(`${stream}:`)),
      names,
    );
  }
  const head = await rig.eventStore.head();
  await processors.stop();
  t.equal(await checkpoint(rig), head && formatPosition(head));
});

t.test(
  'an event that keeps failing is parked with its followers; others go on; retry keeps the order',
  async (t) => {
    const rig = await openRig(t);
    let failing = true;
    let tries = 0;
    const { seen, reactor } = recorder(async (name) => {
      if (name !== 'bad') return;
      tries += 1;
      if (failing) throw Object.assign(new Error('secret'), { code: 'provider-broken' });
    });
    const processors = rig.processors({ reactors: [reactor] });
    await processors.start();
    await appendTo(rig.eventStore, 'a', action('one'), action('bad'), action('two'));
    await appendTo(rig.eventStore, 'b', action('one'));
    await processors.caughtUp();
    t.equal(tries, 3);
    t.same([...seen].sort(), ['a:one', 'b:one']);
    const { documents } = await processors.parked('recorder', { limit: 5 });
    t.same(
      documents.map(({ reason, revision }) => `${revision} ${reason}`),
      ['1 provider-broken', '2 behind-parked-event'],
    );
    await processors.stop();

    const again = rig.processors({ reactors: [reactor] });
    await again.start();
    await appendTo(rig.eventStore, 'a', action('three'));
    await again.caughtUp();
    t.equal(again.statuses()[0]?.parked, 3);
    t.same(await again.retryParked('recorder', documents[0]?.id ?? ''), {
      processed: 0,
      failure: 'provider-broken',
    });
    failing = false;
    t.same(await again.retryParked('recorder', documents[0]?.id ?? ''), { processed: 3, failure: null });
    await appendTo(rig.eventStore, 'a', action('four'));
    await again.caughtUp();
    t.same(
      seen.filter((name) => name.startsWith('a')),
      ['a:one', 'a:bad', 'a:two', 'a:three', 'a:four'],
    );
    t.equal(again.statuses()[0]?.parked, 0);
  },
);

t.test('a store that is away is waited for and never parks an event', async (t) => {
  const rig = await openRig(t);
  let away = 10;
  const { seen, reactor } = recorder(async () => {
    if (away-- > 0) throw Object.assign(new Error('gone'), { code: 'event-store-unavailable' });
  });
  const processors = rig.processors({ reactors: [reactor] });
  await processors.start();
  await appendTo(rig.eventStore, 'a', action('one'), action('two'));
  await processors.caughtUp();
  t.same(seen, ['a:one', 'a:two']);
  t.equal(processors.statuses()[0]?.parked, 0);
});

t.test('stops also while a store is away and more events wait than it holds', async (t) => {
  const rig = await openRig(t);
  const { reactor } = recorder(async () => {
    throw Object.assign(new Error('away'), { code: 'event-store-unavailable' });
  });
  const processors = rig.processors({ reactors: [reactor] });
  await processors.start();
  const streams = Array.from({ length: 1500 }, (_, at) => `s${at}`);
  await Promise.all(streams.map((stream) => appendTo(rig.eventStore, stream, action('one'))));
  await rig.until(() => rig.waits.length > 0, 'the reactor waits');
  await processors.stop();
  t.match(processors.statuses(), [{ state: 'stopped' }]);
});

// Each that stands would cost the others as long as projections wait for one another.
t.test('reactors that stand do not hold up the others', async (t) => {
  const rig = await openRig(t);
  const standing = [1, 2, 3, 4].map(
    (batch): Reactor => ({
      name: `standing-${batch}`,
      replayPolicy: 'never',
      eventTypes: ['ActionTracked'],
      isMine: ({ streamName }) => streamName >= `s${batch}`,
      react: () => new Promise(() => undefined),
    }),
  );
  const { seen, reactor } = recorder();
  const processors = rig.abandoned({ reactors: [...standing, reactor] });
  await processors.start();
  for (let batch = 0; batch < 10; batch++)
    await appendTo(rig.eventStore, `s${batch}`, ...Array.from({ length: 1000 }, () => action('one')));
  await rig.until(() => seen.length === 10_000, 'the quick one has seen everything');
  t.same(
    processors.statuses().map(({ waiting }) => waiting),
    [1000, 1000, 1000, 1000, 0],
    'and the others hold no more than they may',
  );
});
