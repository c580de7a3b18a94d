import t from 'tap';
import { createEventIds } from '../../src/composition/eventIds.js';

t.test('event ids are UUIDs of version 4, and never the same', async (t) => {
  const [newId, another] = [createEventIds(), createEventIds()];
  const ids = Array.from({ length: 1000 }, () => [newId(), another()]).flat();
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  t.same(
    ids.filter((id) => !form.test(id)),
    [],
  );
  t.equal(new Set(ids).size, ids.length);
});
