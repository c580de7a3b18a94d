import { createPerson, type Person } from './people.js';
import type { SimulatedMessage } from './recorder.js';
import { sitting } from './sittings.js';

export interface Simulation {
  readonly seed: number;
  readonly learners: number;
  /** Midnight of the first simulated day; epoch milliseconds. */
  readonly startsAt: number;
}

const hour = 3_600_000;
const day = 24 * hour;

/** When in the day people sit down to learn, by hour: mornings, after school, and evenings most of all. */
const rhythm = [1, 0, 0, 0, 0, 1, 3, 6, 9, 11, 10, 8, 6, 7, 8, 9, 10, 10, 11, 13, 14, 12, 7, 3];

/**
 * What all people of a learning application do, message by message in the order of time, for ever.
 * The same simulation gives the same messages.
 */
export function* simulate(simulation: Simulation): Generator<SimulatedMessage, never> {
  const run = `demo-${simulation.seed}-${simulation.startsAt.toString(36)}`;
  const queue = createQueue();
  for (let index = 0; index < simulation.learners; index += 1) {
    queue.add(life(createPerson(simulation.seed, index, run), simulation.startsAt));
  }
  for (;;) yield queue.next();
}

/** One person's messages, sitting after sitting. */
function* life(person: Person, startsAt: number): Generator<SimulatedMessage, never> {
  const { random } = person;
  const joinsOn = random.chance(0.5) ? 0 : random.integer(0, 6);
  let freeFrom = startsAt;
  for (let dayNumber = joinsOn; ; dayNumber += 1) {
    if (!random.chance(activity(person, dayNumber - joinsOn))) continue;
    const sitsDown = startsAt + dayNumber * day + random.weighted(rhythm) * hour + random.between(0, hour);
    const messages = sitting(person, Math.max(sitsDown, freeFrom));
    freeFrom = (messages.at(-1)?.at ?? sitsDown) + hour;
    yield* messages;
  }
}

/** Probability that the person comes on a day; who has given up looks in about once in half a year. */
function activity(person: Person, daysSinceJoining: number): number {
  switch (person.persona) {
    case 'progressing':
      return 0.75;
    case 'struggling':
      return 0.6;
    case 'quitting':
      return daysSinceJoining < 3 ? 0.7 - 0.2 * daysSinceJoining : 0.005;
    case 'visiting':
      return person.signedUp ? 0.6 : 0.35;
  }
}

interface Pending {
  head: SimulatedMessage;
  readonly rest: Generator<SimulatedMessage, never>;
}

/** Merges the lives by time: a binary heap with the earliest message on top. */
function createQueue() {
  const heap: Pending[] = [];
  const before = (a: number, b: number): boolean => at(a).head.at < at(b).head.at;
  const at = (index: number): Pending => {
    const pending = heap[index];
    if (pending === undefined) throw new RangeError('a simulation needs at least one person');
    return pending;
  };
  const swap = (a: number, b: number): void => {
    const held = at(a);
    heap[a] = at(b);
    heap[b] = held;
  };
  const siftDown = (): void => {
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      if (left >= heap.length) return;
      const child = left + 1 < heap.length && before(left + 1, left) ? left + 1 : left;
      if (!before(child, index)) return;
      swap(index, child);
      index = child;
    }
  };
  return {
    add: (rest: Generator<SimulatedMessage, never>): void => {
      heap.push({ head: rest.next().value, rest });
      for (let index = heap.length - 1; index > 0; ) {
        const parent = (index - 1) >> 1;
        if (!before(index, parent)) return;
        swap(index, parent);
        index = parent;
      }
    },
    next: (): SimulatedMessage => {
      const top = at(0);
      const { head } = top;
      top.head = top.rest.next().value;
      siftDown();
      return head;
    },
  };
}
