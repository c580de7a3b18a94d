import t from 'tap';
import { watchFlushes } from '../../../src/integrations/embedded/flushes.js';

interface Transaction {
  readonly committed: Promise<boolean>;
  readonly flushed: Promise<boolean>;
}

/** As lmdb's environment tells of its transactions: of the last one alone. */
function openEnvironment() {
  let begun: (event: string) => void = () => undefined;
  const environment = {
    committed: Promise.resolve(true),
    flushed: Promise.resolve(true),
    on(_event: string, callback: (event: string) => void) {
      begun = callback;
    },
  };
  const begin = (transaction: Transaction) => {
    Object.assign(environment, transaction);
    begun('beforecommit');
  };
  return { environment, begin };
}

t.test('all flushes are waited for, in whatever order they end', async (t) => {
  const { environment, begin } = openEnvironment();
  const flushed = watchFlushes(environment);
  await flushed();
  let flushFirst: (done: boolean) => void = () => undefined;
  const first = new Promise<boolean>((resolve) => {
    flushFirst = resolve;
  });
  for (const flush of [first, Promise.resolve(true)])
    begin({ committed: Promise.resolve(true), flushed: flush });
  const order: string[] = [];
  const over = flushed().then(() => order.push('over'));
  await new Promise(setImmediate);
  order.push('the first is flushed');
  flushFirst(true);
  await over;
  t.strictSame(order, ['the first is flushed', 'over']);
});

t.test('a transaction that failed is not waited for', async (t) => {
  const { environment, begin } = openEnvironment();
  const flushed = watchFlushes(environment);
  const committed = Promise.reject(new Error('no room'));
  begin({ committed, flushed: new Promise(() => undefined) });
  await t.resolves(flushed());
});
