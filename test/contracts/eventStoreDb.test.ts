import t from 'tap';
import { EventStoreDbEventStore } from '../../src/integrations/eventstoredb/eventStoreDbEventStore.js';
import { startEventStoreDbServer } from '../support/eventstoredb/server.js';
import { testFolder } from '../support/testFolder.js';
import { eventStoreContract } from './eventStore.js';

const server = await startEventStoreDbServer({ folder: testFolder(t) });
t.teardown(() => server.stop());

/** The same on a server that is there already, shared or not: its streams are new ones. */
const given = process.env.EVENTSTORE_URL;
if (given === undefined || given === '') {
  t.test('the server that EVENTSTORE_URL names', { skip: 'EVENTSTORE_URL names none' }, () => undefined);
} else {
  eventStoreContract(t, 'the server that EVENTSTORE_URL names', async () => {
    return new EventStoreDbEventStore({ url: given });
  });
}

eventStoreContract(
  t,
  'EventStoreDB, as the test server plays it,',
  async () => new EventStoreDbEventStore({ url: server.url }),
);
