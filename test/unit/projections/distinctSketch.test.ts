import t from 'tap';
import {
  addToSketch,
  countOfSketch,
  emptySketch,
  unionOfSketches,
} from '../../../src/projections/distinctSketch.js';
import { subjectNumber } from '../../support/projectionFold.js';

function sketchOf(from: number, to: number): string {
  let sketch = emptySketch;
  for (let n = from; n < to; n++) sketch = addToSketch(sketch, subjectNumber(n));
  return sketch;
}

t.test('estimates within three standard errors, from none to a hundred thousand', async (t) => {
  t.equal(countOfSketch(emptySketch), 0);
  t.equal(countOfSketch(sketchOf(0, 1)), 1);
  for (const count of [10, 100, 1_000, 2_500, 3_000, 10_000, 100_000]) {
    const error = Math.abs(countOfSketch(sketchOf(0, count)) / count - 1);
    t.ok(error < 3 * 0.0325, `${count}: off by ${(error * 100).toFixed(1)} %`);
  }
});

t.test('order and repetition do not matter, and a union is the sketch of both', async (t) => {
  for (const count of [50, 200, 900]) {
    const forwards = sketchOf(0, count);
    let backwards = emptySketch;
    for (let n = count - 1; n >= 0; n--) backwards = addToSketch(backwards, subjectNumber(n));
    t.equal(backwards, forwards);
    t.equal(addToSketch(forwards, subjectNumber(7)), forwards);
    const halves = [sketchOf(0, count / 2 + 10), sketchOf(count / 2 - 10, count)];
    t.equal(unionOfSketches(halves), forwards);
  }
});

t.test('takes a few bytes for a few people and 1024 at most', async (t) => {
  t.equal(sketchOf(0, 3).length, 9);
  t.equal(sketchOf(0, 5_000).length, 1024);
});
