import t from 'tap';
import { liftOf, sampleSize, shareOf } from '../../../../src/domain/decision/lift.js';

const of = (reached: number, count: number) => ({ reached, count });
const rounded = (value: number | undefined) => value !== undefined && Number(value.toFixed(4));

/** Newcombe (1998), table II, method 10: contrasts (a) to (h). */
const published = [
  [of(56, 70), of(48, 80), 0.0524, 0.3339],
  [of(9, 10), of(3, 10), 0.1705, 0.809],
  [of(6, 7), of(2, 7), 0.0582, 0.8062],
  [of(5, 56), of(0, 29), -0.0381, 0.1926],
  [of(0, 10), of(0, 20), -0.1611, 0.2775],
  [of(0, 10), of(0, 10), -0.2775, 0.2775],
  [of(10, 10), of(0, 20), 0.6791, 1],
  [of(10, 10), of(0, 10), 0.6075, 1],
] as const;

t.test('the interval of the difference is the published one', async (t) => {
  for (const [treated, holdout, low, high] of published) {
    const lift = liftOf(treated, holdout);
    t.strictSame([rounded(lift?.low), rounded(lift?.high)], [low, high]);
    t.equal(lift?.difference, treated.reached / treated.count - holdout.reached / holdout.count);
    const turned = liftOf(holdout, treated);
    t.strictSame([rounded(turned?.low), rounded(turned?.high)], [-high, -low], 'the other way round');
  }
});

t.test('a share has its own interval, within 0 and 1', async (t) => {
  // Newcombe (1998), Two-sided confidence intervals for the single proportion, table I, method 3.
  for (const [counted, low, high] of [
    [of(81, 263), 0.2553, 0.3662],
    [of(15, 148), 0.0624, 0.1605],
    [of(0, 20), 0, 0.1611],
    [of(1, 29), 0.0061, 0.1718],
  ] as const) {
    const share = shareOf(counted);
    t.strictSame([rounded(share?.low), rounded(share?.high)], [low, high]);
  }
  t.strictSame([shareOf(of(7, 7))?.high, shareOf(of(0, 7))?.low], [1, 0]);
});

t.test('nothing is said of an empty arm, and small ones are named', async (t) => {
  t.equal(shareOf(of(0, 0)), undefined);
  t.equal(liftOf(of(1, 2), of(0, 0)), undefined);
  t.equal(sampleSize(of(50, 100), of(0, 0)), 'none');
  t.equal(sampleSize(of(50, 100), of(10, 29)), 'small');
  t.equal(sampleSize(of(50, 100), of(4, 100)), 'small');
  t.equal(sampleSize(of(96, 100), of(50, 100)), 'small');
  t.equal(sampleSize(of(50, 100), of(5, 30)), 'enough');
});
