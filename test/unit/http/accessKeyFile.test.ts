import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { accessRoles } from '../../../src/commands/accessKeys.js';
import { openAccessKeyFile } from '../../../src/integrations/embedded/accessKeyFile.js';
import { testFolder } from '../../support/testFolder.js';

function fixture(t: Test) {
  const folder = testFolder(t);
  const path = join(folder, 'keys.json');
  const clock = { time: Date.parse('2026-03-01T12:00:00Z') };
  const open = (given: Parameters<typeof openAccessKeyFile>[0]['given'] = []) =>
    openAccessKeyFile({ path, given, now: () => clock.time });
  return { folder, path, clock, open };
}

t.test('a key works from its making to its revocation, across a restart', async (t) => {
  const { open } = fixture(t);
  const keys = open();
  const { keyId, secret } = await keys.create('write');
  t.match(secret, /^wk_[\w-]{43}$/);
  t.match(open().authenticate(secret), { keyId, role: 'write', tenantId: 'default' });
  t.equal(keys.authenticate(`${secret}x`), undefined);
  t.equal(await keys.revoke(keyId), true);
  t.equal(keys.authenticate(secret), undefined);
  t.equal(open().authenticate(secret), undefined);
  t.equal(await keys.revoke(keyId), false, 'once is enough');
  t.match(await open().list(), [{ keyId, revokedAt: '2026-03-01T12:00:00.000Z' }]);
});

t.test('the file holds no secret, is for its owner alone, and nothing is left beside it', async (t) => {
  const { folder, path, open } = fixture(t);
  const { secret } = await open().create('administrator');
  t.notMatch(readFileSync(path, 'utf8'), secret.slice(3));
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.same(readdirSync(folder), ['keys.json']);
});

t.test('what another process changes is noticed within a second', async (t) => {
  const { clock, open } = fixture(t);
  const server = open();
  const commandLine = open();
  const { keyId, secret } = await commandLine.create('write');
  clock.time += 1000;
  t.match(server.authenticate(secret), { keyId });
  await commandLine.revoke(keyId);
  clock.time += 1000;
  t.equal(server.authenticate(secret), undefined);
});

t.test('keys from the environment work beside those of the file', async (t) => {
  const { open, path } = fixture(t);
  const keys = open([{ secret: 'chosen', role: 'write' }]);
  t.match(keys.authenticate('chosen'), { role: 'write' });
  const { secret } = await keys.create('administrator');
  t.match(keys.authenticate(secret), { role: 'administrator' });
  t.match(keys.authenticate('chosen'), { role: 'write' });
  t.notMatch(readFileSync(path, 'utf8'), /chosen/);
});

t.test('a damaged file stops the start, and changes nothing for a server that runs', async (t) => {
  const { path, clock, open } = fixture(t);
  const running = open();
  const { secret } = await running.create('write');
  writeFileSync(path, '{"version":1,"keys":');
  clock.time += 1000;
  t.ok(running.authenticate(secret));
  t.throws(() => open(), /key file cannot be read/);
});

t.test('every role can be given, and a service key can be made to see personal values', async (t) => {
  const { open, path } = fixture(t);
  const keys = open();
  const prefixes = new Set<string>();
  for (const role of accessRoles) {
    const { keyId, secret } = await keys.create(role);
    t.strictSame(keys.authenticate(secret), { tenantId: 'default', keyId, role });
    prefixes.add(secret.slice(0, 3));
  }
  t.equal(prefixes.size, accessRoles.length, 'a secret shows what it is for');
  const { secret } = await keys.create('service', { personalFields: true });
  t.match(open().authenticate(secret), { role: 'service', personalFields: true });
  t.equal(readFileSync(path, 'utf8').match(/personalFields/g)?.length, 1);
});

t.test('a file from before there were more roles is read as it was', async (t) => {
  const { path, open } = fixture(t);
  const secretHash = createHash('sha256').update('wa_old').digest('hex');
  const key = { keyId: 'k', tenantId: 'default', role: 'administrator', secretHash };
  const stored = { ...key, createdAt: '2026-01-01T00:00:00.000Z', revokedAt: null };
  writeFileSync(path, JSON.stringify({ version: 1, keys: [stored] }));
  t.strictSame(open().authenticate('wa_old'), { tenantId: 'default', keyId: 'k', role: 'administrator' });
});
