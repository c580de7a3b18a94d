import { readFile } from 'node:fs/promises';
import t from 'tap';
import { dataMap, unmapped } from '../support/dataMap.js';

t.test('the data map names every event and collection there is, and is up to date', async (t) => {
  t.strictSame(unmapped(), [], 'say in test/support/dataMap.ts what these hold');
  t.equal(
    await readFile('docs/privacy/data-map.md', 'utf8'),
    dataMap(),
    'node build/test/support/printDataMap.js > docs/privacy/data-map.md',
  );
});
