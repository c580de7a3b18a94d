import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createPseudonyms } from '../../../src/integrations/embedded/pseudonyms.js';
import { readOrCreateRootKey } from '../../../src/integrations/embedded/rootKey.js';

t.test('the root key is made once, for its owner alone', async (t) => {
  const file = join(t.testdir(), 'nested', 'root.key');
  const key = await readOrCreateRootKey(file, false);
  t.equal(key.length, 32);
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

t.test('a missing root key of recorded data is never made anew', async (t) => {
  await t.rejects(
    readOrCreateRootKey(join(t.testdir(), 'root.key'), true),
    /root key they were recorded under is missing/,
  );
});
