import t from 'tap';
import { decide } from '../../../../src/domain/erasure/decide.js';
import { evolve, initialState } from '../../../../src/domain/erasure/evolve.js';

const begin = { type: 'BeginErasure', requestId: 'r1', subjects: ['a', 'b'] } as const;
const complete = {
  type: 'CompleteErasure',
  requestId: 'r1',
  erasedAt: 5,
  remarks: [],
  receipt: '{}',
} as const;

t.test('an erasure begins once, with all journeys it is about', async (t) => {
  const events = decide(begin, initialState);
  t.same(events, [{ type: 'ErasureBegun', data: { requestId: 'r1', subjects: ['a', 'b'] } }]);
  const begun = events.reduce(evolve, initialState);
  t.same(decide({ ...begin, subjects: ['c'] }, begun), []);
});

t.test('it ends once, and with the journeys it began with', async (t) => {
  t.same(decide(complete, initialState), []);
  const begun = decide(begin, initialState).reduce(evolve, initialState);
  const events = decide(complete, begun);
  t.match(events, [{ type: 'PersonErased', data: { subjects: ['a', 'b'], erasedAt: 5 } }]);
  const erased = events.reduce(evolve, begun);
  t.same(decide({ ...complete, erasedAt: 9 }, erased), []);
  t.same(decide(begin, erased), []);
});
