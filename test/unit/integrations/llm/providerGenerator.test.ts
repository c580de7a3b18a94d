import t from 'tap';
import { countedTokens } from '../../../../src/integrations/llm/providerGenerator.js';

t.test('what a provider counted is taken where it is a count, and estimated otherwise', async (t) => {
  const said = { text: 'Press Save first.' };
  t.equal(countedTokens(12, said), 12);
  t.equal(countedTokens(0, said), 0);
  for (const odd of [undefined, null, '12', -12, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
    t.equal(countedTokens(odd, said), 7, `${odd}`);
});
