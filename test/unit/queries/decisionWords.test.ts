import t from 'tap';
import { inWords } from '../../../src/queries/decisionWords.js';

t.test('an address that was not known in time is not said to be missing', async (t) => {
  t.match(inWords({ code: 'no-address' }), /has no address/);
  t.match(inWords({ code: 'no-address', facts: { profileBehind: true } }), /behind/);
});
