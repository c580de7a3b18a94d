import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { testFolder } from '../support/testFolder.js';

const program = fileURLToPath(new URL('../support/exportManyEvents.js', import.meta.url));
const events = Number(process.env.EVENTS ?? 100_000);

t.test(`an export of ${events} events needs no more than 64 MiB`, { timeout: 600_000 }, async (t) => {
  const folder = testFolder(t);
  const run = (action: string) =>
    execFileSync(process.execPath, [program, action, folder, String(events)]).toString();
  run('record');
  const { growth, before, seconds } = JSON.parse(run('export')) as Record<string, number>;
  t.comment(`${growth} MiB above ${before} MiB, ${seconds} s`);
  t.ok(Number(growth) <= 64, `grew by ${growth} MiB`);
  const count = `import json, sys, zipfile
lines = zipfile.ZipFile(sys.argv[1]).open('observed.jsonl')
numbers = [json.loads(line)['data']['properties']['number'] for line in lines]
print(numbers == list(range(int(sys.argv[2]))))`;
  const checked = execFileSync('python3', ['-c', count, join(folder, 'export.zip'), String(events)]);
  t.equal(checked.toString().trim(), 'True', 'every event is there once, in order');
});
