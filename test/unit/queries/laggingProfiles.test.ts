import t from 'tap';
import type { Position } from '../../../src/domain/metadata.js';
import { laggingProfiles } from '../../../src/queries/laggingProfiles.js';

const at = (commit: bigint): Position => ({ commit, prepare: commit });

function open() {
  const timeouts: (number | undefined)[] = [];
  let place: Position | undefined;
  let afterwards: Position | undefined;
  const profiles = laggingProfiles(() => ({
    position: () => place,
    async waitFor(_, position, timeout) {
      timeouts.push(timeout);
      place = afterwards;
      return place !== undefined && place.commit >= position.commit;
    },
  }));
  return {
    profiles,
    timeouts,
    standsAt(now: Position | undefined, then = now) {
      place = now;
      afterwards = then;
    },
  };
}

t.test('knows what was seen', async (t) => {
  const { profiles, standsAt } = open();
  t.equal(profiles.hasSeen(at(1n)), false, 'nothing yet');
  standsAt(at(2n));
  t.strictSame(
    [1n, 2n, 3n].map((commit) => profiles.hasSeen(at(commit))),
    [true, true, false],
  );
});

t.test('who stands still is waited for once, until there is progress again', async (t) => {
  for (const still of [undefined, at(2n)]) {
    const { profiles, standsAt, timeouts } = open();
    standsAt(still);
    t.equal(await profiles.waitFor(at(9n)), false);
    t.equal(await profiles.waitFor(at(9n)), false);
    const [patience] = timeouts;
    t.ok(patience);
    t.strictSame(timeouts, [patience, 0]);
    standsAt(at(3n), at(4n));
    t.equal(await profiles.waitFor(at(9n)), false);
    t.equal(await profiles.waitFor(at(9n)), false, 'it is slow, but moved meanwhile');
    standsAt(at(5n), at(9n));
    t.equal(await profiles.waitFor(at(9n)), true);
    t.strictSame(timeouts.slice(2), [patience, patience, patience]);
  }
});
