import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Test } from 'tap';
import type { Lease, SharedState } from '../../src/sharedState/sharedState.js';

/** Longer than any test takes, milliseconds. */
const long = 60_000;
const short = 30;

/** What every engine behind the port must do. `open` gives another instance of one installation. */
export function sharedStateContract(t: Test, name: string, open: (t: Test) => Promise<SharedState>): void {
  t.test(`${name} keeps the shared state's contract`, async (t) => {
    limits(t, open);
    leases(t, open);
    topics(t, open);
  });
}

function limits(t: Test, open: (t: Test) => Promise<SharedState>): void {
  t.test('a bucket gives its burst, then says how long to wait', async (t) => {
    const state = await open(t);
    const bucket = randomUUID();
    const limit = { perSecond: 0.01, burst: 5 };
    const first = await Promise.all(Array.from({ length: 12 }, () => state.takeTokens(bucket, limit)));
    t.equal(first.filter(({ allowed }) => allowed).length, 5, 'also to those who ask at once');
    const refused = await state.takeTokens(bucket, limit);
    t.equal(refused.allowed, false);
    t.ok(refused.retryAfter > 90_000 && refused.retryAfter <= 100_000, `${refused.retryAfter}`);
    t.ok((await state.takeTokens(randomUUID(), limit)).allowed, 'others have their own');
  });

  t.test('a bucket fills again, and a refusal costs nothing', async (t) => {
    const state = await open(t);
    const bucket = randomUUID();
    const limit = { perSecond: 50, burst: 3 };
    t.ok((await state.takeTokens(bucket, limit, 3)).allowed);
    const { retryAfter } = await state.takeTokens(bucket, limit, 3);
    t.ok(retryAfter > 0 && retryAfter <= 60);
    await until(async () => (await state.takeTokens(bucket, limit, 3)).allowed);
  });

  t.test('more than the burst is never there', async (t) => {
    const state = await open(t);
    t.notOk((await state.takeTokens(randomUUID(), { perSecond: 10, burst: 2 }, 3)).allowed);
  });
}

function leases(t: Test, open: (t: Test) => Promise<SharedState>): void {
  t.test('one of many gets a lease, and keeps it', async (t) => {
    const [one, other] = [await open(t), await open(t)];
    const name = randomUUID();
    const got = await Promise.all([one, other, one, other].map((each) => each.acquireLease(name, long)));
    const held = got.filter((lease) => lease !== undefined);
    t.equal(held.length, 1);
    t.ok(await one.renewLease(lease(held[0]), long));
    t.equal(await other.acquireLease(name, long), undefined);
    t.ok(await other.acquireLease(randomUUID(), long), 'names are apart');
  });

  t.test('what is released can be had, under a greater token; the old holder can do nothing', async (t) => {
    const [one, other] = [await open(t), await open(t)];
    const name = randomUUID();
    const first = lease(await one.acquireLease(name, long));
    await one.releaseLease(first);
    const second = lease(await other.acquireLease(name, long));
    t.ok(second.token > first.token);
    t.equal(await one.renewLease(first, long), false);
    await one.releaseLease(first);
    t.equal(await one.acquireLease(name, long), undefined, 'it released nothing');
    t.ok(await other.renewLease(second, long));
  });

  t.test('a lease runs out; renewed late it holds unless somebody acquired it', async (t) => {
    const [one, other] = [await open(t), await open(t)];
    const [kept, taken] = [randomUUID(), randomUUID()];
    const late = lease(await one.acquireLease(kept, short));
    const lost = lease(await one.acquireLease(taken, short));
    let second: Lease | undefined;
    await until(async () => {
      second = await other.acquireLease(taken, long);
      return second !== undefined;
    });
    t.ok(lease(second).token > lost.token);
    t.equal(await one.renewLease(lost, long), false);
    t.ok(await one.renewLease(late, long));
    t.equal(await other.acquireLease(kept, long), undefined);
  });
}

function topics(t: Test, open: (t: Test) => Promise<SharedState>): void {
  t.test('what is published reaches all who listen to the topic, in order', async (t) => {
    const [one, other] = [await open(t), await open(t)];
    const topic = randomUUID();
    const heard: [string[], string[]] = [[], []];
    one.subscribe(topic, (message) => heard[0].push(message));
    other.subscribe(topic, (message) => heard[1].push(message));
    other.subscribe(randomUUID(), () => t.fail('of another topic'));
    await until(async () => {
      await one.publish(topic, 'is anybody there?');
      return heard.every(({ length }) => length > 0);
    });
    for (let at = 0; at < 20; at++) await one.publish(topic, `${at}`);
    await until(async () => heard.every((messages) => messages.at(-1) === '19'));
    const expected = Array.from({ length: 20 }, (_, at) => `${at}`);
    for (const messages of heard) t.strictSame(messages.slice(-20), expected);
  });

  t.test('nobody is told after having stopped to listen', async (t) => {
    const state = await open(t);
    const topic = randomUUID();
    const heard: string[] = [];
    const stop = state.subscribe(topic, () => t.fail('it had stopped'));
    stop();
    state.subscribe(topic, (message) => heard.push(message));
    await until(async () => {
      await state.publish(topic, 'now');
      return heard.length > 0;
    });
    t.pass();
  });
}

function lease(got: Lease | undefined): Lease {
  if (got === undefined) throw new Error('no lease was given');
  return got;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await wait(5);
  }
}
