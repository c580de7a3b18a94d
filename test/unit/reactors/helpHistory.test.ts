import t from 'tap';
import { openEmbeddedDocumentStore } from '../../../src/integrations/embedded/embeddedDocumentStore.js';
import { interventionsCollection } from '../../../src/projections/interventions/document.js';
import { helpHistory } from '../../../src/reactors/helpHistory.js';

const hour = 3_600_000;

t.test('the cooldown begins anew with each offer, however long the process runs', async (t) => {
  const documentStore = openEmbeddedDocumentStore({ folder: t.testdir() });
  t.teardown(() => documentStore.close());
  await documentStore.define([interventionsCollection]);
  let now = 0;
  const history = helpHistory({
    documentStore,
    liveCollection: (name) => name,
    caughtUp: async () => undefined,
    now: () => now,
  });
  const key = { tenantId: 'default', subject: 'ada', featureId: 'quiz' };
  const offeredAt = async (hours: number) => {
    now = hours * hour;
    return history.reserve(key, `i${hours}`, 24 * hour);
  };
  t.equal(await offeredAt(0), null, 'never before');
  t.equal(await offeredAt(1), 0);
  t.equal(await offeredAt(25), null, 'the cooldown is over');
  t.equal(await offeredAt(26), 25 * hour, 'and has begun anew');
});
