import t, { type Test } from 'tap';
import { openKeyStore } from '../../../src/integrations/embedded/keyFile.js';
import { localRootKey } from '../../../src/integrations/embedded/localRootKey.js';
import { Sealing } from '../../../src/keyStore/sealing.js';
import { testFolder } from '../../support/testFolder.js';

const [ada, grace, nobody] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [string, string, string];

async function openSealing(t: Test): Promise<Sealing> {
  const folder = testFolder(t);
  const keyStore = await openKeyStore({
    folder,
    rootKey: localRootKey(Buffer.alloc(32, 1)),
    clock: Date.now,
  });
  t.teardown(() => keyStore.close());
  return new Sealing(keyStore);
}

t.test('short values are sealed once while they stay the same, long ones are not kept', async (t) => {
  const sealing = await openSealing(t);
  const sealer = await sealing.sealerOf('default', ada);
  if (sealer === undefined) throw new Error('there is nobody to seal for');
  const long = 'x'.repeat(101);
  const address = sealer.seal('m1', 'traits.email', 'ada@example.com');
  t.equal(sealer.seal('m2', 'traits.email', 'ada@example.com'), address);
  const body = sealer.seal('m1', 'body', long);
  t.not(sealer.seal('m2', 'body', long), body);
  const other = sealer.seal('m3', 'traits.email', 'ada@example.org');
  t.strictSame(await sealing.open('default', [address, body, other]), [
    'ada@example.com',
    long,
    'ada@example.org',
  ]);
});

t.test('keys that were never made, or are destroyed, are no keys', async (t) => {
  const sealing = await openSealing(t);
  for (const subject of [ada, grace]) await sealing.sealerOf('default', subject);
  await sealing.keyStore.destroy('default', [grace], 1);
  const about = (subject: string) =>
    Promise.all([sealing.hasKeys('default', subject), sealing.isErased('default', subject)]);
  t.strictSame(await about(ada), [true, false]);
  t.strictSame(await about(grace), [false, true]);
  t.strictSame(await about(nobody), [false, false]);
});
