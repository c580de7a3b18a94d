import t from 'tap';
import { StreamIndex } from '../../../src/eventStore/embedded/streamIndex.js';
import { seededRandom } from '../../support/seededRandom.js';

const seed = Number(process.env.SEED ?? 11);

t.test('every revision of interleaved streams is found', async (t) => {
  const random = seededRandom(seed);
  const index = new StreamIndex();
  const expected: number[][] = [[], [], []];
  for (let sequence = 1; sequence <= 5000; sequence += 1) {
    const place = random(10) < 7 ? 0 : 1 + random(2);
    const stream = index.numberFor(`s${place}`);
    index.restore(stream, sequence);
    expected[place]?.push(sequence);
  }
  for (const [place, sequences] of expected.entries()) {
    const stream = index.numberOf(`s${place}`) ?? -1;
    t.equal(index.count(stream), sequences.length);
    t.strictSame(index.range(stream, 0, sequences.length - 1), sequences);
    t.ok(sequences.every((sequence, revision) => index.find(stream, revision) === sequence));
    for (let bound = 0; bound <= 5001; bound += 7) {
      const wanted = sequences.findIndex((sequence) => sequence >= bound);
      const found = index.firstRevisionFrom(stream, bound);
      if (found !== (wanted < 0 ? sequences.length : wanted)) t.fail(`bound ${bound} (seed ${seed})`);
    }
  }
});

t.test('names are numbered once', async (t) => {
  const index = new StreamIndex();
  t.equal(index.numberOf('a'), undefined);
  t.equal(index.numberFor('a'), index.numberFor('a'));
  t.not(index.numberFor('a'), index.numberFor('b'));
  t.equal(index.streams, 2);
});
