import { EventEmitter, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { watchLateReactions } from '../../../src/processors/lateReactions.js';
import { keepBusy } from '../../support/keepBusy.js';

/** Milliseconds. */
const veryLong = 10_000;

function watch() {
  const changes: boolean[] = [];
  const looks = new EventEmitter();
  let wait = veryLong;
  const end = watchLateReactions(
    () => {
      looks.emit('look');
      return wait;
    },
    (areLate) => changes.push(areLate),
  );
  return {
    changes,
    end,
    be(milliseconds: number) {
      wait = milliseconds;
    },
    /** Keeps this thread idle meanwhile. The looks alone keep no process alive. */
    async looked(times: number) {
      const alive = setInterval(() => undefined, 1000);
      for (let time = 0; time < times; time++) await once(looks, 'look');
      clearInterval(alive);
    },
    /** Keeps this thread busy until then. */
    async busyUntil(over: () => boolean) {
      while (!over()) {
        keepBusy(20);
        await setImmediate();
      }
    },
  };
}

t.test('reactions are late where they begin late on a busy thread', async (t) => {
  const { changes, end, be, busyUntil } = watch();
  await busyUntil(() => changes.length === 1);
  be(0);
  await busyUntil(() => changes.length === 2);
  be(veryLong);
  await busyUntil(() => changes.length === 3);
  t.strictSame(changes, [true, false, true]);
  end();
  t.strictSame(changes, [true, false, true, false], 'at the end they are not any more');
});

t.test('not where the thread waits for something else', async (t) => {
  const { changes, end, busyUntil, looked } = watch();
  await looked(3);
  t.strictSame(changes, []);
  await busyUntil(() => changes.length === 1);
  await looked(3);
  t.strictSame(changes, [true, false]);
  end();
  t.strictSame(changes, [true, false]);
});

t.test('nor where a busy thread keeps up', async (t) => {
  const { changes, end, be, busyUntil } = watch();
  be(50);
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
  }, 100);
  await busyUntil(() => looks > 3);
  clearInterval(timer);
  end();
  t.strictSame(changes, []);
});
