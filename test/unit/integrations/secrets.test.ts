import { randomBytes } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createPseudonyms } from '../../../src/integrations/embedded/pseudonyms.js';
import { readOrCreateRootKey, rootKeyInFile } from '../../../src/integrations/embedded/rootKey.js';
import { KeyStoreUnavailable } from '../../../src/keyStore/keyStore.js';
import { testFolder } from '../../support/testFolder.js';

t.test('the root key is made once, for its owner alone', async (t) => {
  const file = join(testFolder(t), 'nested', 'root.key');
  const key = await readOrCreateRootKey(file, false);
  t.match(key, { own: { length: 32 }, previous: undefined });
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.strictSame(await readOrCreateRootKey(file, false), key);
  writeFileSync(file, 'damaged');
  await t.rejects(readOrCreateRootKey(file, true), /64 hexadecimal digits/);
});

t.test('a pseudonym is stable, and another for each kind, tenant and installation', async (t) => {
  const subjectOf = createPseudonyms(Buffer.alloc(32, 1));
  const pseudonyms = [
    subjectOf('default', 'user', 'ada'),
    subjectOf('default', 'anonymous', 'ada'),
    subjectOf('other', 'user', 'ada'),
    subjectOf('default', 'user', 'eve'),
    createPseudonyms(Buffer.alloc(32, 2))('default', 'user', 'ada'),
  ];
  for (const pseudonym of pseudonyms) t.match(pseudonym, /^[0-9a-f]{32}$/);
  t.equal(new Set(pseudonyms).size, pseudonyms.length);
  t.equal(subjectOf('default', 'user', 'ada'), pseudonyms[0]);
  t.equal(
    createPseudonyms(Buffer.alloc(32, 1))('default', 'user', 'ada'),
    pseudonyms[0],
    'also after a restart',
  );
});

t.test('a root key in a file is rotated while it is in use', async (t) => {
  const file = join(testFolder(t), 'root.key');
  const [old, next] = ['ab'.repeat(32), 'cd'.repeat(32)];
  const [key, other] = [randomBytes(32), randomBytes(32)];
  const rootKey = rootKeyInFile(file);
  await t.rejects(rootKey.wrap(key), KeyStoreUnavailable);
  writeFileSync(file, `${old}\n`);
  const wrapped = await rootKey.wrap(key);
  writeFileSync(file, `${next}\n`);
  await t.rejects(rootKey.unwrap(wrapped), KeyStoreUnavailable);
  writeFileSync(file, `${next}\n${old}\n`);
  t.strictSame(await rootKey.unwrap(wrapped), key);
  const made = await rootKey.wrap(other);
  const rewrapped = await rootKey.rewrap(wrapped);
  writeFileSync(file, `${next}\n`);
  t.strictSame(await rootKey.unwrap(made), other, 'what is new is wrapped by the key of the first line');
  t.strictSame(await rootKey.unwrap(rewrapped), key);
  writeFileSync(file, `${next}\n${old}\n${old}\n`);
  await t.rejects(rootKey.unwrap(made), KeyStoreUnavailable);
});

t.test('a missing root key of recorded data is never made anew', async (t) => {
  await t.rejects(
    readOrCreateRootKey(join(testFolder(t), 'root.key'), true),
    /root key they were recorded under is missing/,
  );
});
