import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { localRootKey } from '../../src/integrations/embedded/localRootKey.js';
import { openKeyDatabase } from '../../src/integrations/mongodb/keyDatabase.js';
import { openMongoSigningKey } from '../../src/integrations/mongodb/mongoSigningKeys.js';
import { type KeyState, KeyStoreUnavailable } from '../../src/keyStore/keyStore.js';
import { openKeysOn } from '../support/mongoKeys.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { startTcpProxy } from '../support/tcpProxy.js';

const program = fileURLToPath(new URL('../support/mongoKeysChild.js', import.meta.url));
const rootKey = localRootKey(Buffer.alloc(32, 1));
/** Milliseconds: long enough for a child to look in time on a busy machine. */
const lease = 1500;
const newSubject = () => randomBytes(16).toString('hex');

t.test('several instances on one key store', { skip: noMongoServer, timeout: 120_000 }, async (t) => {
  const url = await mongoDatabase(t);
  const keyStore = await openKeysOn(url, rootKey, lease);
  t.teardown(() => keyStore.close());

  await t.test('what one destroys the other does not use any more, once that is answered', async (t) => {
    const subject = newSubject();
    const other = await startInstance(url, subject);
    t.teardown(() => other.end());
    t.equal(await other.ask('seal'), 'sealed');
    await keyStore.destroy('acme', [subject], 1);
    t.equal(await other.ask('seal'), 'refused');
    t.equal(await other.ask('ask'), 'destroyed');
  });

  await t.test('nor does one that was paused meanwhile, from its first step on', async (t) => {
    const subject = newSubject();
    const other = await startInstance(url, subject);
    t.teardown(() => other.end());
    t.equal(await other.ask('seal'), 'sealed');
    other.process.kill('SIGSTOP');
    const answered = other.ask('seal');
    await keyStore.destroy('acme', [subject], 1);
    other.process.kill('SIGCONT');
    t.equal(await answered, 'refused');
    t.equal(await other.ask('ask'), 'destroyed');
  });

  await t.test(
    'nor one that is cut off from the server; what it cannot know it does not guess',
    { skip: process.env.MONGODB_URL ? 'needs a server of its own' : false },
    async (t) => {
      const [gone, stays] = [newSubject(), newSubject()];
      const proxy = await startTcpProxy(Number(new URL(url).port));
      t.teardown(() => proxy.close());
      const cut = new URL(url);
      cut.host = `127.0.0.1:${proxy.port}`;
      const [first, second] = [await startInstance(cut.href, gone), await startInstance(cut.href, stays)];
      t.teardown(() => Promise.all([first.end(), second.end()]));
      await proxy.set('silent');
      await keyStore.destroy('acme', [gone], 1);
      t.equal(await first.ask('seal'), 'refused');
      t.equal(await first.ask('ask'), 'unavailable', 'not destroyed, nor active');
      t.equal(await second.ask('ask'), 'unavailable', 'nor for whom nothing happened');
      await proxy.set('open');
      t.equal(await askUntilKnown(first), 'destroyed', 'without a restart');
      t.equal(await askUntilKnown(second), 'active');
    },
  );

  await t.test('people opened by all at once have one key', async (t) => {
    const others = await Promise.all([1, 2].map(() => openKeysOn(url, rootKey, lease)));
    const people = Array.from({ length: 40 }, newSubject);
    const opened = await Promise.all(
      [keyStore, ...others].map((store) => Promise.all(people.map((one) => store.open('acme', one)))),
    );
    const [ours, ...theirs] = opened.map((states) => states.map(keyBytes));
    for (const keys of theirs) t.strictSame(keys, ours);
    await Promise.all(others.map((store) => store.close()));
  });

  await t.test(
    'a rotation by one is followed by all, and loses nothing that is made meanwhile',
    async (t) => {
      const other = await openKeysOn(url, rootKey, lease);
      const people = Array.from({ length: 30 }, newSubject);
      const made = await Promise.all(people.map((one) => other.open('globex', one)));
      const rotated = keyStore.rotateTenant('globex');
      const late = Array.from({ length: 20 }, newSubject);
      const madeLate = [];
      for (const one of late) madeLate.push(await other.open('globex', one));
      await rotated;
      const fresh = await openKeysOn(url, rootKey, lease);
      const found = await Promise.all([...people, ...late].map((one) => fresh.find('globex', one)));
      t.strictSame(found.map(keyBytes), [...made, ...madeLate].map(keyBytes));
      t.strictSame((await fresh.inspect()).problems, []);
      await Promise.all([other.close(), fresh.close()]);
    },
  );
});

t.test('instances that start at once make each thing once', { skip: noMongoServer }, async (t) => {
  const url = await mongoDatabase(t);
  const databases = Array.from({ length: 6 }, () => openKeyDatabase(url));
  t.teardown(() => Promise.all(databases.map(({ connection }) => connection.close())));
  const stores = await Promise.all(databases.map(() => openKeysOn(url, rootKey, lease)));
  t.equal(new Set(stores.map(({ secret }) => secret.toString('hex'))).size, 1, 'the secret of pseudonyms');
  for (const name of ['signing', 'audit'] as const) {
    const keys = await Promise.all(databases.map((database) => openMongoSigningKey(database, rootKey, name)));
    const [first, ...others] = keys;
    t.ok(
      others.every((key) => first?.equals(key)),
      `the ${name} key`,
    );
  }
  await Promise.all(stores.map((store) => store.close()));
});

interface Instance {
  readonly process: ChildProcess;
  ask(line: 'seal' | 'ask'): Promise<string>;
  end(): Promise<void>;
}

async function startInstance(url: string, subject: string): Promise<Instance> {
  const child = spawn(process.execPath, [program, url, String(lease), subject], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value ?? 'ended';
  const ready = await next();
  if (ready !== 'ready') throw new Error(`the instance said ${ready}`);
  return {
    process: child,
    ask(line) {
      child.stdin.write(`${line}\n`);
      return next();
    },
    async end() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** While the server is left alone nothing is known. */
async function askUntilKnown(instance: Instance): Promise<string> {
  for (const deadline = Date.now() + 20_000; ; ) {
    const answer = await instance.ask('ask');
    if (answer !== 'unavailable' || Date.now() > deadline) return answer;
    await wait(50);
  }
}

function keyBytes(state: KeyState | undefined): string {
  if (state?.is === 'active') return state.current.key.export().toString('hex');
  throw new KeyStoreUnavailable(`there is no active key but ${state?.is}`);
}
