import t from 'tap';
import { ModelSlots } from '../../../../src/commands/help/modelSlots.js';

t.test('slots are given back once', async (t) => {
  const slots = new ModelSlots(1, 1);
  const release = slots.take('acme');
  t.equal(slots.take('acme'), undefined);
  release?.();
  release?.();
  t.equal(slots.taken, 0);
  t.ok(slots.take('acme'));
  t.equal(slots.take('acme'), undefined);
});

t.test('a tenant that takes all it can leaves room for others, within the bound over all', async (t) => {
  const slots = new ModelSlots(3, 2);
  const release = slots.take('greedy');
  t.ok(slots.take('greedy'));
  t.equal(slots.take('greedy'), undefined);
  t.ok(slots.take('modest'), 'another finds one');
  t.equal(slots.take('third'), undefined, 'none is free at all');
  t.equal(slots.taken, 3);
  release?.();
  t.ok(slots.take('third'));
  t.equal(slots.take('greedy'), undefined);
});
