import t from 'tap';
import { accountingProjection } from '../../../src/projections/accounting/projection.js';
import { projections } from '../../../src/projections/all.js';
import { featuresProjection } from '../../../src/projections/features/projection.js';
import { foldInMemory } from '../../../src/projections/foldInMemory.js';
import { metricsProjection } from '../../../src/projections/metrics/projection.js';
import { profilesProjection } from '../../../src/projections/profiles/projection.js';
import { sessionsProjection } from '../../../src/projections/sessions/projection.js';
import { strugglesProjection } from '../../../src/projections/struggles/projection.js';
import { type History, historyStart, personHistory } from '../../support/journeyHistories.js';
import { foldStrictly, withoutListOrder } from '../../support/projectionFold.js';
import { seededRandom } from '../../support/seededRandom.js';

const seeds = [1, 2, 3, 4];
const persons = 9;

function people(random: (bound: number) => number): History[][] {
  return Array.from({ length: persons }, (_, n) => personHistory(n, random));
}

/** One sequence in which each history keeps its order. */
function interleave(histories: readonly History[], random: (bound: number) => number): History {
  const rest = histories.map((history) => [...history]).filter((history) => history.length > 0);
  const merged: History = [];
  while (rest.length > 0) {
    const at = random(rest.length);
    const next = rest[at]?.shift();
    if (next !== undefined) merged.push(next);
    if (rest[at]?.length === 0) rest.splice(at, 1);
  }
  return merged;
}

for (const seed of seeds) {
  t.test(`seed ${seed}: the size of batches changes no byte`, async (t) => {
    const random = seededRandom(seed);
    const events = interleave(people(random).flat(), random);
    for (const projection of projections) {
      const whole = JSON.stringify(foldStrictly(projection, events));
      for (const size of [1, 7]) {
        t.equal(JSON.stringify(foldStrictly(projection, events, size)), whole, `${projection.name}, ${size}`);
      }
    }
  });

  t.test(`seed ${seed}: how the journeys of different people interleave changes nothing`, async (t) => {
    const random = seededRandom(seed);
    const histories = people(random).map((journeys) => interleave(journeys, random));
    for (const projection of projections) {
      const one = withoutListOrder(foldStrictly(projection, interleave(histories, random)));
      t.strictSame(
        withoutListOrder(foldStrictly(projection, interleave(histories, random))),
        one,
        projection.name,
      );
    }
  });

  t.test(`seed ${seed}: nor does it how one person's linked journeys interleave`, async (t) => {
    const random = seededRandom(seed);
    const histories = people(random).flat();
    for (const projection of [
      profilesProjection,
      featuresProjection,
      metricsProjection,
      sessionsProjection,
      strugglesProjection,
      accountingProjection,
    ]) {
      const one = withoutListOrder(foldStrictly(projection, interleave(histories, random)));
      const other = withoutListOrder(foldStrictly(projection, interleave(histories, random)));
      t.strictSame(other, one, projection.name);
    }
  });

  t.test(`seed ${seed}: counts do not depend on any order`, async (t) => {
    const random = seededRandom(seed);
    const events = people(random).flat(2);
    const shuffled = events.map((event) => ({ event, place: random(1_000_000) }));
    shuffled.sort((a, b) => a.place - b.place);
    for (const projection of [featuresProjection, metricsProjection, accountingProjection]) {
      const one = withoutListOrder(foldStrictly(projection, events));
      const other = withoutListOrder(
        foldStrictly(
          projection,
          shuffled.map(({ event }) => event),
        ),
      );
      t.strictSame(other, one, projection.name);
    }
  });

  t.test(`seed ${seed}: looking at the clock early and often leaves the same profiles`, async (t) => {
    const random = seededRandom(seed);
    const events = interleave(people(random).flat(), random);
    const end = historyStart + 90 * 24 * 3_600_000;
    const once = foldInMemory(profilesProjection, events, end).get('profiles');
    const often = new Map(foldInMemory(profilesProjection, events).get('profiles'));
    for (let now = historyStart; now <= end; now += 5 * 3_600_000 + random(3_600_000)) {
      for (const [id, document] of often) {
        const due: unknown = Reflect.get(document, 'nextAssessmentAt');
        if (typeof due === 'number' && due <= now) {
          often.set(id, profilesProjection.clock?.advance(document, now) ?? document);
        }
      }
    }
    t.equal(JSON.stringify([...often]), JSON.stringify([...(once ?? [])]));
    t.notOk(
      [...often.values()].some((document) => 'nextAssessmentAt' in document),
      'after 28 days of silence nothing is due',
    );
  });
}
