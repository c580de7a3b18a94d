import { randomBytes } from 'node:crypto';
import type { Test } from 'tap';
import {
  type DataKey,
  type KeyState,
  type KeyStore,
  KeyStoreUnavailable,
} from '../../src/keyStore/keyStore.js';

/** One store's surroundings, which outlive a restart. */
export interface KeyStoreRig {
  /** The same store again after it was closed. */
  open(): Promise<KeyStore>;
  /** The same store behind a root key that is not the one it was made with. */
  openWithWrongRootKey(): Promise<KeyStore>;
}

/**
 * What every engine behind the port must do.
 * @param crowd people whose keys are rotated while the store is in use
 */
export function keyStoreContract(
  t: Test,
  name: string,
  rig: () => Promise<KeyStoreRig>,
  { crowd }: { readonly crowd: number } = { crowd: 1200 },
): void {
  t.test(`${name} keeps the key store's contract`, async (t) => {
    opening(t, rig);
    destroying(t, rig);
    rotating(t, rig, crowd);
    refusing(t, rig);
  });
}

function opening(t: Test, rig: () => Promise<KeyStoreRig>): void {
  t.test('the first opening makes a key, every later one gives the same', async (t) => {
    const { open } = await rig();
    const person = subject();
    const store = await open();
    t.equal(await store.find('acme', person), undefined);
    const made = active(await store.open('acme', person));
    t.equal(made.version, 1);
    t.equal(made.key.symmetricKeySize, 32);
    t.ok(same(active(await store.open('acme', person)), made));
    t.ok(same(active(await store.find('acme', person)), made));
    await store.close();
    const again = await open();
    t.ok(same(active(await again.find('acme', person)), made), 'also after a restart');
    await again.close();
  });

  t.test('people opened at the same time each have one key, and another than everybody else', async (t) => {
    const { open } = await rig();
    const people = Array.from({ length: 300 }, subject);
    const store = await open();
    const states = await Promise.all([...people, ...people].map((person) => store.open('acme', person)));
    const bytes = states.map((state) => active(state).key.export().toString('hex'));
    t.strictSame(bytes.slice(0, people.length), bytes.slice(people.length));
    t.equal(new Set(bytes).size, people.length);
    await store.close();
  });

  t.test('tenants are apart', async (t) => {
    const { open } = await rig();
    const person = subject();
    const store = await open();
    const [mine, yours] = [await store.open('acme', person), await store.open('globex', person)];
    t.notOk(same(active(mine), active(yours)));
    await store.destroy('acme', [person], 1);
    t.ok(same(active(await store.open('globex', person)), active(yours)));
    t.strictSame(await listed(store, 'globex'), []);
    await store.rotateTenant('globex');
    t.match(await store.find('acme', person), { is: 'destroyed' });
    await store.close();
  });
}

function destroying(t: Test, rig: () => Promise<KeyStoreRig>): void {
  t.test('a destroyed person stays so for ever', async (t) => {
    const { open } = await rig();
    const [gone, never, stays] = [subject(), subject(), subject()];
    let store = await open();
    await store.open('acme', gone);
    await store.rotateData('acme', gone);
    const kept = active(await store.open('acme', stays));
    await store.destroy('acme', [gone, never], 1_700_000_000_000);
    const destroyed = { is: 'destroyed', destroyedAt: 1_700_000_000_000 };
    for (const when of ['at once', 'after a restart']) {
      t.strictSame(await store.open('acme', gone), destroyed, when);
      t.strictSame(await store.find('acme', gone), destroyed, when);
      t.strictSame(await store.open('acme', never), destroyed, `${when}, also who never had a key`);
      await store.rotateData('acme', gone);
      await store.rotateTenant('acme');
      await store.rotateRoot();
      await store.destroy('acme', [gone], 1_800_000_000_000);
      t.strictSame(await store.open('acme', gone), destroyed, `${when}, whatever was asked for since`);
      t.ok(same(active(await store.find('acme', stays)), kept), `${when}, and nobody else is`);
      const found = await listed(store, 'acme');
      t.strictSame(
        found,
        [gone, never].sort().map((one) => `${one} 1700000000000`),
        when,
      );
      await store.close();
      store = await open();
    }
    await store.close();
  });

  t.test('opening and destroying at the same time ends destroyed', async (t) => {
    const { open } = await rig();
    const people = Array.from({ length: 50 }, subject);
    const store = await open();
    await Promise.all(
      people.flatMap((one) => [
        store.open('acme', one),
        store.destroy('acme', [one], 5),
        store.open('acme', one),
      ]),
    );
    for (const one of people) t.match(await store.find('acme', one), { is: 'destroyed', destroyedAt: 5 });
    await store.close();
  });
}

function rotating(t: Test, rig: () => Promise<KeyStoreRig>, crowd: number): void {
  t.test('a new data key leaves the older ones for what they sealed', async (t) => {
    const { open } = await rig();
    const person = subject();
    let store = await open();
    const held = await store.open('acme', person);
    const first = active(held);
    t.ok(held.is === 'active' && held.isCurrent());
    await store.rotateData('acme', person);
    t.notOk(held.is === 'active' && held.isCurrent(), 'whoever holds the older key asks again');
    await store.rotateData('acme', person);
    await store.rotateData('acme', subject());
    for (const when of ['at once', 'after a restart']) {
      const state = await store.open('acme', person);
      t.equal(active(state).version, 3, when);
      const older = state.is === 'active' ? state.find(1) : undefined;
      t.ok(older !== undefined && same(older, first), when);
      t.equal(state.is === 'active' && state.find(4), undefined);
      await store.close();
      store = await open();
    }
    await store.close();
  });

  t.test(
    'tenant and root keys are rotated while the store is in use, and every data key stays',
    async (t) => {
      const { open } = await rig();
      const people = Array.from({ length: crowd }, subject);
      const gone = people.slice(0, 20);
      let store = await open();
      const keys = new Map<string, DataKey>();
      for (const [i, state] of (await openAll(store, people)).entries()) {
        keys.set(people[i] ?? '', active(state));
      }
      const rotated = store.rotateTenant('acme');
      const late = Array.from({ length: Math.min(100, crowd) }, subject);
      const during = await openAll(store, late);
      await store.destroy('acme', gone, 7);
      await rotated;
      await store.rotateTenant('acme');
      await store.rotateRoot();
      for (const [i, state] of during.entries()) keys.set(late[i] ?? '', active(state));
      for (const one of gone) keys.delete(one);
      for (const when of ['at once', 'after a restart']) {
        const wrong = [];
        for (const [one, key] of keys) {
          if (!same(active(await store.find('acme', one)), key)) wrong.push(one);
        }
        t.strictSame(wrong, [], when);
        for (const one of gone) t.match(await store.find('acme', one), { is: 'destroyed' }, when);
        await store.close();
        store = await open();
      }
      await store.close();
    },
  );
}

function refusing(t: Test, rig: () => Promise<KeyStoreRig>): void {
  t.test('the wrong root key is an error, and nothing is changed by it', async (t) => {
    const { open, openWithWrongRootKey } = await rig();
    const [person, other] = [subject(), subject()];
    let store = await open();
    const made = active(await store.open('acme', person));
    await store.close();
    for (const ask of [
      (wrong: KeyStore) => wrong.open('acme', person),
      (wrong: KeyStore) => wrong.find('acme', person),
      (wrong: KeyStore) => wrong.open('acme', other),
      (wrong: KeyStore) => wrong.open('globex', other),
      (wrong: KeyStore) => wrong.rotateRoot(),
    ]) {
      await t.rejects(using(openWithWrongRootKey, ask), KeyStoreUnavailable);
    }
    store = await open();
    t.ok(same(active(await store.find('acme', person)), made));
    t.equal(await store.find('acme', other), undefined);
    t.equal(await store.find('globex', other), undefined);
    await store.close();
  });

  t.test('a closed store gives nothing', async (t) => {
    const { open } = await rig();
    const store = await open();
    const person = subject();
    await store.open('acme', person);
    await store.close();
    await t.rejects(store.open('acme', person), KeyStoreUnavailable);
    await t.rejects(store.find('acme', person), KeyStoreUnavailable);
    await t.rejects(store.destroy('acme', [person], 1), KeyStoreUnavailable);
  });
}

async function using(
  open: () => Promise<KeyStore>,
  ask: (store: KeyStore) => Promise<unknown>,
): Promise<void> {
  const store = await open();
  try {
    await ask(store);
  } finally {
    await store.close();
  }
}

function openAll(store: KeyStore, people: readonly string[]): Promise<KeyState[]> {
  return Promise.all(people.map((one) => store.open('acme', one)));
}

async function listed(store: KeyStore, tenantId: string): Promise<string[]> {
  const found = [];
  for await (const { subject, destroyedAt } of store.destroyed(tenantId))
    found.push(`${subject} ${destroyedAt}`);
  return found.sort();
}

export function active(state: KeyState | undefined): DataKey {
  if (state?.is === 'active') return state.current;
  throw new Error(`there is no active key but ${state?.is}`);
}

function same(one: DataKey, other: DataKey): boolean {
  return one.version === other.version && one.key.equals(other.key);
}

function subject(): string {
  return randomBytes(16).toString('hex');
}
