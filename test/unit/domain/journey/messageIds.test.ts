import fc from 'fast-check';
import t from 'tap';
import { MessageIds } from '../../../../src/domain/journey/messageIds.js';

t.test('remembers at least the latest ones, and at most twice as many', async (t) => {
  const bounds = fc.record({
    most: fc.integer({ min: 1, max: 40 }),
    added: fc.array(
      fc.integer({ min: 0, max: 99 }).map((n) => `message-${n}`),
      { maxLength: 300 },
    ),
  });
  const remembers = fc.property(bounds, ({ most, added }) => {
    const ids = new MessageIds(most);
    const everAdded = new Set<string>();
    // As a journey does it: what is known is no new message.
    const taken: string[] = [];
    for (const id of added) {
      if (ids.has(id)) continue;
      ids.add(id);
      taken.push(id);
      everAdded.add(id);
    }
    const kept = MessageIds.fromWords(most, ids.toWords());
    for (const same of [ids, kept]) {
      if (!taken.slice(-most).every((id) => same.has(id))) return false;
      if (same.size > 2 * most || same.size !== ids.size) return false;
    }
    return [...Array(100).keys()].every((n) => everAdded.has(`message-${n}`) || !ids.has(`message-${n}`));
  });
  // Says its seed where it fails.
  t.doesNotThrow(() => fc.assert(remembers));
});

t.test('an id that is added again counts once, and nothing is known after clearing', async (t) => {
  const ids = new MessageIds(4);
  ids.add('a');
  ids.add('a');
  t.equal(ids.size, 1);
  ids.clear();
  t.notOk(ids.has('a'));
  t.equal(ids.size, 0);
});

t.test('neighbouring ids are told apart', async (t) => {
  const ids = new MessageIds(500_000);
  const alike: string[] = [];
  for (let n = 0; n < 250_000; n++) {
    for (const id of [`message-${n}`, `${n}-message`]) {
      if (ids.has(id)) alike.push(id);
      ids.add(id);
    }
  }
  t.same(alike, []);
  t.equal(ids.size, 500_000);
});
