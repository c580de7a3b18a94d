import t from 'tap';
import { metadataFromText, metadataToJson } from '../../../src/eventStore/embedded/streamMetadata.js';

t.test('metadata survives its text, past the numbers JSON holds exactly', async (t) => {
  for (const metadata of [
    {},
    { maxAge: 1, maxCount: 2 },
    { truncateBefore: 0n },
    { maxCount: 3, truncateBefore: 2n ** 53n },
    { truncateBefore: 2n ** 63n - 1n },
  ]) {
    t.strictSame(metadataFromText(`["id",${metadataToJson(metadata)},{}]`), metadata);
  }
});

t.test('what is no positive whole number counts as absent', async (t) => {
  const text = JSON.stringify(['id', { $maxAge: '5', $maxCount: -1, $tb: 1.5, $acl: { $tb: 4 } }, {}]);
  t.strictSame(metadataFromText(text), {});
});
