import t from 'tap';
import { complexityFor } from '../../../../src/domain/content/audience.js';

t.test('speaks simply to those who read with effort or are young, else as they prefer', async (t) => {
  const nothing = { preferred: null, literacy: null, ageGroup: null };
  const detailed = { ...nothing, preferred: 'detailed' as const };
  t.equal(complexityFor(nothing), 'detailed');
  t.equal(complexityFor({ ...nothing, preferred: 'simple' }), 'simple');
  t.equal(complexityFor({ ...detailed, literacy: ' LOW ' }), 'simple');
  t.equal(complexityFor({ ...detailed, literacy: 'A2' }), 'simple');
  t.equal(complexityFor({ ...detailed, ageGroup: 'under_18' }), 'simple');
  t.equal(complexityFor({ ...detailed, ageGroup: '65_plus' }), 'detailed');
  t.equal(complexityFor({ ...detailed, literacy: 'high' }), 'detailed');
  t.equal(complexityFor({ ...detailed, literacy: { low: true } }), 'detailed');
});
