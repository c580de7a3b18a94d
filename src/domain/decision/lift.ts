/** How many there were, and of how many the goal was reached. */
export interface Counted {
  readonly count: number;
  readonly reached: number;
}

/** A share with its 95 % interval, 0–1. */
export interface Share {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** What help changed: share of the treated less share of the holdout, with its 95 % interval; −1 to 1. */
export interface Lift {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/** The normal distribution's 97.5 % point. */
const z = 1.959963984540054;
/** Below these the intervals hold, but are so wide that they rarely say anything. */
const fewest = { count: 30, reached: 5 } as const;

/** Wilson's score interval. Undefined where there is nothing to count. */
export function shareOf({ count, reached }: Counted): Share | undefined {
  if (count === 0) return undefined;
  const rate = reached / count;
  const middle = 2 * reached + z * z;
  const half = z * Math.sqrt(z * z + 4 * reached * (1 - rate));
  const whole = 2 * (count + z * z);
  return {
    rate,
    low: reached === 0 ? 0 : Math.max(0, (middle - half) / whole),
    high: reached === count ? 1 : Math.min(1, (middle + half) / whole),
  };
}

/**
 * Newcombe's hybrid score interval for the difference of two independent proportions (method 10 in R. G. Newcombe, Interval
 * estimation for the difference between independent proportions, Statistics in Medicine 17, 1998, 873–890): good in small
 * samples too, and where nobody, or everybody, reached the goal. Undefined where an arm is empty.
 */
export function liftOf(treated: Counted, holdout: Counted): Lift | undefined {
  const a = shareOf(treated);
  const b = shareOf(holdout);
  if (a === undefined || b === undefined) return undefined;
  const difference = a.rate - b.rate;
  return {
    difference,
    low: difference - Math.hypot(a.rate - a.low, b.high - b.rate),
    high: difference + Math.hypot(a.high - a.rate, b.rate - b.low),
  };
}

export type SampleSize = 'none' | 'small' | 'enough';

/** `none` where there is nobody to compare with, `small` where a difference would have to be large to be seen. */
export function sampleSize(...arms: readonly Counted[]): SampleSize {
  if (arms.some(({ count }) => count === 0)) return 'none';
  const isSmall = arms.some(
    ({ count, reached }) =>
      count < fewest.count || reached < fewest.reached || count - reached < fewest.reached,
  );
  return isSmall ? 'small' : 'enough';
}
