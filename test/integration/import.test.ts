import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { runProgram } from '../support/programRun.js';
import { startServerProcess, testWriteKey } from '../support/serverProcess.js';
import { testFolder } from '../support/testFolder.js';

const lines = Array.from({ length: 250 }, (_, n) =>
  JSON.stringify({
    type: 'track',
    event: 'Lesson Opened',
    userId: `user-${n % 20}`,
    messageId: `m-${n}`,
    timestamp: new Date(Date.parse('2026-01-05T08:00:00Z') + n * 1000).toISOString(),
    sentAt: '2026-01-05T09:00:00Z',
  }),
);

t.test('into the local store: all, again, and with bad lines', async (t) => {
  const folder = testFolder(t);
  const data = join(folder, 'data');
  const file = join(folder, 'events.jsonl.gz');
  writeFileSync(file, gzipSync(`${lines.join('\n')}\n`));

  const first = await runProgram(['import', file], data);
  t.equal(first.code, 0, first.errors);
  t.match(first.output, /received +250\naccepted +250\nduplicates +0\nsuppressed +0\nrejected +0/);
  const again = await runProgram(['import', file], data);
  t.equal(again.code, 0, again.errors);
  t.match(again.output, /accepted +0\nduplicates +250/);

  const bad = await runProgram(
    ['import', '-'],
    data,
    `not json\n${lines[0]}\n{"type":"track","userId":"u"}\n42\n`,
  );
  t.equal(bad.code, 1, bad.errors);
  t.match(bad.output, /received +4\naccepted +0\nduplicates +1\nsuppressed +0\nrejected +3/);
  t.match(bad.output, /line 1: invalid-json/);
  t.match(bad.output, /line 4: /);

  const verified = await runProgram(['verify'], data);
  t.equal(verified.code, 0, verified.output + verified.errors);
  t.match(verified.output, /ok +event log: \d+ events in \d+ streams/);
});

t.test('into a running server', async (t) => {
  const folder = testFolder(t);
  const server = await startServerProcess(join(folder, 'server'));
  t.teardown(() => server.stop());
  const file = join(folder, 'events.jsonl');
  writeFileSync(file, lines.join('\n'));
  const parameters = ['import', file, '--url', server.url, '--key', testWriteKey];
  const imported = await runProgram(parameters, join(folder, 'client'));
  t.equal(imported.code, 0, imported.errors);
  t.match(imported.output, /received +250\naccepted +250/);
  t.match((await runProgram(parameters, join(folder, 'client'))).output, /duplicates +250/);

  const refused = await runProgram(['import', file, '--url', server.url, '--key', 'of nobody'], folder);
  t.equal(refused.code, 1);
  t.match(refused.errors, /the server answered 401/);
});

t.test('what cannot be done is said in one line', async (t) => {
  const folder = testFolder(t);
  const missing = await runProgram(['import', join(folder, 'missing.jsonl')], folder);
  t.equal(missing.code, 1);
  t.match(missing.errors, /ENOENT|no such file/);
  const usage = await runProgram(['import', 'a', '--fast'], folder);
  t.equal(usage.code, 2);
  t.match(usage.errors, /import knows --url/);
  const help = await runProgram(['import', '--help'], folder);
  t.equal(help.code, 0);
  t.match(help.output, /Usage: waymark import FILE/);
});

t.test('keys are made and revoked', async (t) => {
  const data = testFolder(t);
  const made = await runProgram(['keys', 'create', '--role', 'administrator'], data);
  t.equal(made.code, 0, made.errors);
  const keyId = /key +(\S+)/.exec(made.output)?.[1] ?? '';
  t.match(
    (await runProgram(['keys', 'list'], data)).output,
    new RegExp(`${keyId} +administrator .*in force`),
  );
  t.equal((await runProgram(['keys', 'revoke', keyId], data)).code, 0);
  t.match((await runProgram(['keys', 'list'], data)).output, new RegExp(`${keyId} .*revoked`));
  t.equal((await runProgram(['keys', 'revoke', keyId], data)).code, 1);
});
