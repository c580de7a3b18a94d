import { MessageChannel } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { CodedError } from '../../../src/domain/errors.js';
import { StreamDeleted } from '../../../src/eventStore/eventStore.js';
import { ThreadCalls } from '../../../src/processors/threadCalls.js';

interface Service {
  add(a: bigint, b: bigint): Promise<bigint>;
  fail(how: string): Promise<never>;
  never(): Promise<void>;
}

const failures = new Map<string, Error>([
  ['coded', new CodedError('conflict', 'A rebuild is already under way.')],
  ['deleted', new StreamDeleted()],
  ['other', Object.assign(new RangeError('too far'), { code: 'ENOSPC' })],
]);

function connected(t: Test) {
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => port1.close());
  const heard: string[] = [];
  const near = new ThreadCalls<Service, string>(port1, {}, (news) => heard.push(news));
  const far: ThreadCalls<Record<never, never>, string> = new ThreadCalls(
    port2,
    {
      add: async (a: bigint, b: bigint) => {
        far.tell('adding');
        return a + b;
      },
      fail: async (how: string) => {
        throw failures.get(how);
      },
      never: () => new Promise<void>(() => undefined),
    },
    () => undefined,
  );
  return { near, heard };
}

t.test('a call is answered, after the news that were told before', async (t) => {
  const { near, heard } = connected(t);
  t.equal(await near.call('add', 2n, 3n), 5n);
  t.strictSame(heard, ['adding']);
});

t.test(
  'errors that are told apart by their class arrive as one of it, others with name and code',
  async (t) => {
    const { near } = connected(t);
    const coded = await near.call('fail', 'coded').catch((error: unknown) => error);
    t.ok(coded instanceof CodedError);
    t.match(coded, { code: 'conflict', message: 'A rebuild is already under way.' });
    t.ok((await near.call('fail', 'deleted').catch((error: unknown) => error)) instanceof StreamDeleted);
    await t.rejects(near.call('fail', 'other'), { name: 'RangeError', message: 'too far', code: 'ENOSPC' });
  },
);

t.test('whoever waits for a thread that is gone is told', async (t) => {
  const { near } = connected(t);
  const waiting = near.call('never');
  near.abandon(new CodedError('read-model-behind', 'Try it again.'));
  await t.rejects(waiting, { code: 'read-model-behind' });
});
