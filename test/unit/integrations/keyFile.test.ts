import { createSecretKey, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openKeyStore } from '../../../src/integrations/embedded/keyFile.js';
import { localRootKey } from '../../../src/integrations/embedded/localRootKey.js';
import type { RootKey } from '../../../src/keyStore/keyStore.js';
import { active } from '../../contracts/keyStore.js';
import { testFolder } from '../../support/testFolder.js';

const slotBytes = 128;

function rig(t: Test, rootKey: RootKey = localRootKey(Buffer.alloc(32, 1))) {
  const folder = testFolder(t);
  const slots = join(folder, 'keys.slots');
  return {
    folder,
    slots,
    open: () => openKeyStore({ folder, rootKey, clock: Date.now }),
    /** Changes the file's bytes from a place on, which may be counted from its end. */
    damage(from: number, change: (bytes: Buffer) => void) {
      const bytes = readFileSync(slots);
      change(bytes.subarray(from));
      writeFileSync(slots, bytes);
    },
    bytes: () => Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name)))),
  };
}

const person = (n: number) => n.toString(16).padStart(32, '0');

t.test('after destroying, the files hold neither the wrapped nor the unwrapped key', async (t) => {
  const { open, slots, bytes } = rig(t);
  const store = await open();
  for (let n = 1; n <= 5; n++) await store.open('acme', person(n));
  await store.rotateData('acme', person(3));
  const state = await store.open('acme', person(3));
  const unwrapped = [1, 2].map((version) => state.is === 'active' && state.find(version)?.key.export());
  const records = [3, 6].map((slot) =>
    readFileSync(slots).subarray(slot * slotBytes, (slot + 1) * slotBytes),
  );
  const wrapped = records.map((record) => Buffer.from(record.subarray(52, 84)));
  for (const one of wrapped) t.ok(bytes().includes(one), 'where the test looks is where the keys are');
  await store.destroy('acme', [person(3)], 1);
  for (const one of [...wrapped, ...unwrapped]) {
    if (one)
      for (const text of [one, one.toString('hex'), one.toString('base64')]) t.notOk(bytes().includes(text));
  }
  await store.close();
  for (const one of wrapped) t.notOk(bytes().includes(one));
});

t.test('a record that a crash cut short is dropped, and those before it stay', async (t) => {
  const { open, slots } = rig(t);
  const store = await open();
  for (let n = 1; n <= 3; n++) await store.open('acme', person(n));
  const kept = active(await store.find('acme', person(2)));
  await store.close();
  truncateSync(slots, 3 * slotBytes + 50);
  const healed = await open();
  t.ok(active(await healed.find('acme', person(2))).key.equals(kept.key));
  t.equal(await healed.find('acme', person(3)), undefined);
  t.equal(active(await healed.open('acme', person(3))).version, 1);
  await healed.close();
  const again = await open();
  t.equal(active(await again.find('acme', person(3))).version, 1);
  t.strictSame((await again.inspect()).problems, []);
  await again.close();
});

t.test('room that a crash left unwritten is no damage, now and later', async (t) => {
  const { open, slots } = rig(t);
  const store = await open();
  for (let n = 1; n <= 3; n++) await store.open('acme', person(n));
  await store.close();
  truncateSync(slots, 9 * slotBytes);
  for (let start = 0; start < 3; start++) {
    const healed = await open();
    await healed.open('acme', person(100 + start));
    t.match(await healed.inspect(), { activeKeys: 4 + start, problems: [] });
    await healed.close();
  }
});

t.test('a damaged record is an error for its person alone, and can still be destroyed', async (t) => {
  const { open, damage } = rig(t);
  const store = await open();
  for (let n = 1; n <= 3; n++) await store.open('acme', person(n));
  await store.destroy('acme', [person(1)], 1);
  await store.close();
  for (const [slot, place] of [
    [1, 10],
    [2, 60],
    [3, 24],
  ] as const) {
    damage(slot * slotBytes + place, (bytes) => bytes.writeUInt8(bytes.readUInt8(0) ^ 0xff));
  }
  const damaged = await open();
  for (let n = 1; n <= 3; n++) {
    await t.rejects(damaged.find('acme', person(n)), { code: 'key-store-unavailable', message: /damaged/ });
    await t.rejects(damaged.open('acme', person(n)), { code: 'key-store-unavailable', message: /damaged/ });
  }
  t.match(await damaged.open('acme', person(4)), { is: 'active' });
  t.match(await damaged.inspect(), { problems: ['3 records are damaged'] });
  await damaged.destroy('acme', [person(2)], 2);
  t.match(await damaged.find('acme', person(2)), { is: 'destroyed', destroyedAt: 2 });
  await damaged.close();
});

t.test('where it cannot be read whose record is damaged, nobody is taken for new', async (t) => {
  const { open, damage } = rig(t);
  const store = await open();
  for (let n = 1; n <= 3; n++) await store.open('acme', person(n));
  await store.close();
  for (const fill of [7, 0]) {
    damage(2 * slotBytes, (bytes) => bytes.fill(fill, 0, slotBytes));
    const damaged = await open();
    t.match(await damaged.open('acme', person(1)), { is: 'active' });
    for (const n of [2, 4]) {
      await t.rejects(damaged.open('acme', person(n)), { message: /whose they are cannot be read/ });
      await t.rejects(damaged.find('acme', person(n)), { message: /whose they are cannot be read/ });
    }
    await damaged.close();
  }
});

t.test('files that are missing, damaged or of different times are refused', async (t) => {
  const { open, folder, slots } = rig(t);
  const tenants = join(folder, 'tenants.json');
  await (await open()).close();
  const empty = readFileSync(tenants);
  const store = await open();
  await store.open('acme', person(1));
  await store.close();
  const whole = readFileSync(tenants);
  writeFileSync(tenants, empty);
  await t.rejects(open(), { code: 'key-store-unavailable', message: /restore both/ });
  rmSync(tenants);
  await t.rejects(open(), { code: 'key-store-unavailable', message: /tenant keys is missing/ });
  writeFileSync(tenants, whole.subarray(0, -10));
  await t.rejects(open(), { code: 'key-store-unavailable', message: /tenant keys is damaged/ });
  writeFileSync(tenants, whole);
  const keys = readFileSync(slots);
  rmSync(slots);
  await t.rejects(open(), { code: 'key-store-unavailable', message: /data keys is missing/ });
  writeFileSync(slots, keys);
  const again = await open();
  t.match(await again.find('acme', person(1)), { is: 'active' });
  await again.close();
});

t.test('a record moved to another person or tenant does not open', async (t) => {
  const { open, damage, folder } = rig(t);
  const store = await open();
  await store.open('acme', person(1));
  await store.close();
  const tenants = join(folder, 'tenants.json');
  writeFileSync(tenants, readFileSync(tenants, 'utf8').replace('acme', 'evil'));
  const moved = await open();
  await t.rejects(moved.find('evil', person(1)), { message: /does not fit/ });
  t.match(await moved.inspect(), { problems: ['1 data keys do not fit their tenant key'] });
  await moved.close();
  damage(0, (bytes) => bytes.fill(0, 0, 4));
  await t.rejects(open(), { message: /does not begin like one/ });
});

t.test('a root key that cannot be reached is an error, makes nothing, and passes', async (t) => {
  const local = localRootKey(Buffer.alloc(32, 1));
  let isGone = false;
  const ask = <T>(action: () => Promise<T>) => (isGone ? Promise.reject(new Error('gone')) : action());
  const { open } = rig(t, {
    wrap: (key) => ask(() => local.wrap(key)),
    unwrap: (wrapped) => ask(() => local.unwrap(wrapped)),
    rewrap: (wrapped) => ask(() => local.rewrap(wrapped)),
  });
  await (await open()).close();
  const store = await open();
  isGone = true;
  await t.rejects(store.open('acme', person(1)), { code: 'key-store-unavailable' });
  await t.rejects(store.rotateRoot(), { code: 'key-store-unavailable' });
  await t.rejects(open(), { code: 'key-store-unavailable' });
  t.strictSame(await store.tenantIds(), []);
  isGone = false;
  const made = active(await store.open('acme', person(1)));
  isGone = true;
  t.ok(active(await store.open('acme', person(1))).key.equals(made.key), 'known tenants do not need it');
  t.match(await store.open('acme', person(2)), { is: 'active' });
  await store.close();
});

t.test('the secret stays the same whatever becomes of the root key', async (t) => {
  const folder = testFolder(t);
  const given = randomBytes(32);
  const [first, second] = [localRootKey(randomBytes(32)), localRootKey(randomBytes(32))];
  const opened = (rootKey: RootKey) =>
    openKeyStore({ folder, rootKey, clock: Date.now, initialSecret: () => Buffer.from(given) });
  const store = await opened(first);
  t.ok(createSecretKey(store.secret).equals(createSecretKey(given)));
  await store.rotateRoot();
  await store.close();
  await t.rejects(opened(second), { code: 'key-store-unavailable', message: /another root key/ });
  t.notOk(readFileSync(join(folder, 'tenants.json')).includes(given.toString('hex')));
});
