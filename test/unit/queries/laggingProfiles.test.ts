import t from 'tap';
import type { Position } from '../../../src/domain/metadata.js';
import { laggingProfiles } from '../../../src/queries/laggingProfiles.js';

const noon = Date.UTC(2026, 4, 4, 12);
const at = (commit: bigint): Position => ({ commit, prepare: commit });

function open() {
  const timeouts: (number | undefined)[] = [];
  let place: Position | undefined;
  let afterwards: Position | undefined;
  let now = noon;
  const profiles = laggingProfiles(
    () => ({
      position: () => place,
      async waitFor(_, position, timeout) {
        timeouts.push(timeout);
        place = afterwards;
        return place !== undefined && place.commit >= position.commit;
      },
    }),
    () => now,
  );
  return {
    profiles,
    timeouts,
    setNow: (time: number) => {
      now = time;
    },
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
    t.equal(await profiles.waitFor({ position: at(9n), recordedAt: noon }), false);
    t.equal(await profiles.waitFor({ position: at(9n), recordedAt: noon }), false);
    const [patience] = timeouts;
    t.ok(patience);
    t.strictSame(timeouts, [patience, 0]);
    standsAt(at(3n), at(4n));
    t.equal(await profiles.waitFor({ position: at(9n), recordedAt: noon }), false);
    t.equal(
      await profiles.waitFor({ position: at(9n), recordedAt: noon }),
      false,
      'it is slow, but moved meanwhile',
    );
    standsAt(at(5n), at(9n));
    t.equal(await profiles.waitFor({ position: at(9n), recordedAt: noon }), true);
    t.strictSame(timeouts.slice(2), [patience, patience, patience]);
  }
});

t.test(
  'is waited for as long after an event, not for as long again by a decision that comes late',
  async (t) => {
    const { profiles, standsAt, setNow, timeouts } = open();
    for (const [place, after] of [-500, 0, 500, 5000].entries()) {
      setNow(noon + after);
      standsAt(at(BigInt(2 * place)), at(BigInt(2 * place + 1)));
      await profiles.waitFor({ position: at(99n), recordedAt: noon });
    }
    const [patience = 0] = timeouts;
    t.strictSame(timeouts, [patience, patience, patience - 500, 0], 'never longer where clocks differ');
  },
);

t.test('a wait too short to tell does not count as one in vain', async (t) => {
  const { profiles, standsAt, setNow, timeouts } = open();
  standsAt(at(2n));
  setNow(noon + 1999);
  await profiles.waitFor({ position: at(9n), recordedAt: noon });
  setNow(noon);
  await profiles.waitFor({ position: at(9n), recordedAt: noon });
  const [short = 0, long = 0] = timeouts;
  t.ok(short < long && long > 0);
});
