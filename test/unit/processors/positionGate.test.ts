import t from 'tap';
import { PositionGate } from '../../../src/processors/positionGate.js';

const at = (commit: bigint, prepare = commit) => ({ commit, prepare });

t.test('lets those pass whose position is reached, and no others', async (t) => {
  const gate = new PositionGate();
  const passed: string[] = [];
  const waiting = [at(2n), at(3n, 1n), at(3n, 2n)].map(async (position) => {
    passed.push(`${position.commit}/${position.prepare} ${await gate.wait(position)}`);
  });
  gate.advance(at(3n, 1n));
  await Promise.all(waiting.slice(0, 2));
  t.same(passed, ['2/2 true', '3/1 true']);
  gate.advance(at(1n));
  t.same(gate.place, at(3n, 1n), 'never goes back');
  t.equal(await gate.wait(at(3n, 2n), 1), false, 'in time');
  gate.close();
  await Promise.all(waiting);
  t.equal(passed.at(-1), '3/2 false');
});

t.test('closing ends the waiting', async (t) => {
  const gate = new PositionGate();
  const waiting = gate.wait(at(1n));
  gate.close();
  t.equal(await waiting, false);
  t.equal(await gate.wait(at(1n)), false);
});
