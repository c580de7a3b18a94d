import t from 'tap';
import { StreamQueues } from '../../../src/processors/streamQueues.js';

const at = (place: number) => ({ commit: BigInt(place), prepare: BigInt(place) });

/** Works that end when told to. */
function open(concurrency: number, capacity: number) {
  const queues = new StreamQueues(concurrency, capacity, () => undefined);
  const ends = new Map<number, () => void>();
  const add = (place: number) =>
    queues.add(`stream-${place}`, at(place), 1000 + place, () => {
      return new Promise<void>((resolve) => ends.set(place, resolve));
    });
  const end = async (place: number) => {
    ends.get(place)?.();
    await new Promise(setImmediate);
  };
  const hasRoom = async () => {
    let room = false;
    void queues.room().then(() => (room = true));
    await new Promise(setImmediate);
    return room;
  };
  return { queues, add, end, hasRoom };
}

t.test('what is slow holds up no others, and the place is kept before it', async (t) => {
  const { queues, add, end, hasRoom } = open(2, 2);
  add(1);
  for (let place = 2; place <= 21; place += 1) {
    t.ok(await hasRoom(), `there is room for ${place}`);
    add(place);
    await end(place);
  }
  t.equal(queues.held, 1, 'only the slow one is still to be done');
  t.equal(queues.oldest, 1001);
  t.equal(queues.doneUpTo, undefined, 'nothing is passed over');
  await end(1);
  t.same(queues.doneUpTo, at(21));
  t.equal(queues.held, 0);
  t.equal(queues.oldest, undefined);
});

t.test('what is held is bounded, and so is what is remembered behind a gap', async (t) => {
  const { queues, add, end, hasRoom } = open(2, 2);
  add(1);
  add(2);
  t.notOk(await hasRoom(), 'as many are held as may be');
  await end(2);
  for (let place = 3; await hasRoom(); place += 1) {
    if (place > 100) throw new Error('the memory is not bounded');
    add(place);
    await end(place);
  }
  t.equal(queues.held, 1, 'it waits for the slow one alone');
  await end(1);
  t.ok(await hasRoom());
});
