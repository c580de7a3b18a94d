import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openKeyStore } from '../../src/integrations/embedded/keyFile.js';
import { localRootKey } from '../../src/integrations/embedded/localRootKey.js';
import { createPseudonyms } from '../../src/integrations/embedded/pseudonyms.js';
import { runProgram } from '../support/programRun.js';
import { testFolder } from '../support/testFolder.js';
import { startVaultServer, vaultToken } from '../support/vaultServer.js';
import { startTestWaymark } from '../support/waymark.js';

const person = 'ab'.repeat(16);

async function secretUnder(folder: string, rootKey: Buffer): Promise<Buffer> {
  const rootOf = localRootKey(rootKey);
  const store = await openKeyStore({ folder: join(folder, 'keys'), rootKey: rootOf, clock: Date.now });
  const { secret } = store;
  await store.close();
  return secret;
}

const rootIn = (folder: string) => Buffer.from(readFileSync(join(folder, 'root.key'), 'utf8').trim(), 'hex');

t.test('every level is rotated by the program, and pseudonyms stay', async (t) => {
  const folder = testFolder(t);
  const waymark = await startTestWaymark(folder);
  const ada = waymark.application.subjectOf('default', 'user', 'ada');
  const before = await waymark.stores.keyStore.open('default', ada);
  t.match((await runProgram(['keys', 'rotate', 'root'], folder)).errors, /Another Waymark process/);
  await waymark.stop();

  const old = rootIn(folder);
  const next = randomBytes(32).toString('hex');
  t.match((await runProgram(['keys', 'rotate', 'data', 'ada'], folder)).output, /has a new data key/);
  t.equal((await runProgram(['keys', 'rotate', 'data', 'nobody'], folder)).code, 1);
  t.match((await runProgram(['keys', 'rotate', 'tenant'], folder)).output, /has a new key/);
  t.equal((await runProgram(['keys', 'rotate', 'tenant', '--tenant', 'nobody'], folder)).code, 1);
  const wrong = await runProgram(['verify'], folder, '', { WAYMARK_ROOT_KEY: next });
  t.equal(wrong.code, 1);
  t.match(wrong.errors, /another root key.*WAYMARK_ROOT_KEY_PREVIOUS/);
  const both = { WAYMARK_ROOT_KEY: next, WAYMARK_ROOT_KEY_PREVIOUS: old.toString('hex') };
  t.equal((await runProgram(['verify'], folder, '', both)).code, 0, 'both serve before the rotation');
  t.match((await runProgram(['keys', 'rotate', 'root'], folder, '', both)).output, /not needed any more/);

  writeFileSync(join(folder, 'root.key'), `${next}\n`);
  const verified = await runProgram(['verify'], folder);
  t.match(verified.output, /ok {5}key file: 2 data keys and 0 destroyed ones of 1 people, 1 tenants/);
  const again = await startTestWaymark(folder);
  t.equal(again.application.subjectOf('default', 'user', 'ada'), ada);
  const after = await again.stores.keyStore.open('default', ada);
  t.ok(before.is === 'active' && after.is === 'active' && after.find(1)?.key.equals(before.current.key));
  t.equal(after.is === 'active' && after.current.version, 2);
  await again.stop();
});

t.test('data recorded before there was a folder of keys keeps its pseudonyms', async (t) => {
  const folder = testFolder(t);
  await (await startTestWaymark(folder)).stop();
  const rootKey = rootIn(folder);
  rmSync(join(folder, 'keys'), { recursive: true });
  t.match((await runProgram(['verify'], folder)).errors, /restore the folder of keys/, 'lost is not old');
  const fingerprint = join(folder, 'root.fingerprint');
  rmSync(join(folder, 'keys'), { recursive: true });
  writeFileSync(fingerprint, createHmac('sha256', randomBytes(32)).update('fingerprint').digest('hex'));
  t.match((await runProgram(['verify'], folder)).errors, /another root key/);
  writeFileSync(fingerprint, createHmac('sha256', rootKey).update('fingerprint').digest('hex'));
  const waymark = await startTestWaymark(folder);
  t.equal(
    waymark.application.subjectOf('default', 'user', 'ada'),
    createPseudonyms(rootKey)('default', 'user', 'ada'),
  );
  await waymark.stop();
  t.notOk(existsSync(fingerprint));
  t.strictSame(await secretUnder(folder, rootKey), rootKey);
});

t.test('an installation moves to Vault, and starts from there alone', async (t) => {
  const folder = testFolder(t);
  const vault = await startVaultServer('team');
  t.teardown(() => vault.close());
  const waymark = await startTestWaymark(folder);
  await waymark.stores.keyStore.open('default', person);
  await waymark.stop();
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, `${vaultToken}\n`);
  const inVault = { VAULT_ADDR: vault.address, VAULT_TOKEN_FILE: tokenFile, VAULT_NAMESPACE: 'team' };
  const moving = { ...inVault, WAYMARK_ROOT_KEY_PREVIOUS: rootIn(folder).toString('hex') };
  t.equal((await runProgram(['keys', 'rotate', 'root'], folder, '', moving)).code, 0);
  rmSync(join(folder, 'root.key'));
  t.match((await runProgram(['verify'], folder, '', inVault)).output, /ok {5}key file: 1 data keys/);
  t.notOk(existsSync(join(folder, 'root.key')));
  vault.sealed = true;
  const sealed = await runProgram(['verify'], folder, '', inVault);
  t.equal(sealed.code, 1);
  t.match(sealed.errors, /Vault answered 503/);
});
