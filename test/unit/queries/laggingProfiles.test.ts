import t from 'tap';
import type { Position } from '../../../src/domain/metadata.js';
import { laggingProfiles } from '../../../src/queries/laggingProfiles.js';

const noon = Date.UTC(2026, 4, 4, 12);
const at = (commit: bigint): Position => ({ commit, prepare: commit });

/** Profiles whose waits in vain take as long as they may. */
function open() {
  const timeouts: number[] = [];
  let place: Position | undefined;
  let afterwards: Position | undefined;
  const situation = { now: noon, giveWay: false };
  const profiles = laggingProfiles(
    () => ({
      giveWay: situation.giveWay,
      position: () => place,
      async waitFor(_, position, timeout = 0) {
        timeouts.push(timeout);
        place = afterwards;
        const seen = place !== undefined && place.commit >= position.commit;
        if (!seen) situation.now += timeout;
        return seen;
      },
    }),
    () => situation.now,
  );
  return {
    profiles,
    timeouts,
    situation,
    /** @param since what is waited for came so many milliseconds ago */
    waitFor: (commit: bigint, ago = 0) =>
      profiles.waitFor({ position: at(commit), since: situation.now - ago }),
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
    const { waitFor, standsAt, timeouts } = open();
    standsAt(still);
    t.equal(await waitFor(9n), false);
    t.equal(await waitFor(9n), false);
    const [patience = 0] = timeouts;
    t.ok(patience > 0);
    t.strictSame(timeouts, [patience, 0]);
    standsAt(at(3n), at(4n));
    t.equal(await waitFor(9n), false);
    t.equal(await waitFor(9n), false, 'it is slow, but moved meanwhile');
    standsAt(at(5n), at(9n));
    t.equal(await waitFor(9n), true);
    t.strictSame(timeouts.slice(2), [patience, patience, patience]);
  }
});

t.test('also where each wait is a short one', async (t) => {
  const { waitFor, standsAt, timeouts } = open();
  standsAt(at(2n));
  for (let wait = 0; wait < 6; wait++) await waitFor(9n, 2250);
  t.strictSame(timeouts, [750, 750, 750, 750, 0, 0]);
});

t.test('who had nothing to do did not stand still', async (t) => {
  const { waitFor, standsAt, situation, timeouts } = open();
  standsAt(at(2n));
  await waitFor(2n);
  situation.now += 3_600_000;
  await waitFor(3n);
  const [patience = 0] = timeouts;
  t.strictSame(timeouts, [patience, patience]);
});

t.test('is waited for as long after an event, not as long again by a decision that comes late', async (t) => {
  const { waitFor, standsAt, timeouts } = open();
  for (const [place, ago] of [-500, 0, 500, 5000].entries()) {
    standsAt(at(BigInt(2 * place)), at(BigInt(2 * place + 1)));
    await waitFor(99n, ago);
  }
  const [patience = 0] = timeouts;
  t.strictSame(timeouts, [patience, patience, patience - 500, 0], 'never longer where clocks differ');
});

t.test('who gives way is not waited for', async (t) => {
  const { waitFor, standsAt, situation, timeouts } = open();
  standsAt(at(2n), at(3n));
  situation.giveWay = true;
  t.equal(await waitFor(9n), false);
  situation.giveWay = false;
  standsAt(at(4n), at(9n));
  t.equal(await waitFor(9n), true);
  t.equal(timeouts[0], 0);
  t.ok((timeouts[1] ?? 0) > 0);
});
