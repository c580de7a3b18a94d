import { join } from 'node:path';
import t from 'tap';
import { openEmbeddedEventStore } from '../../src/eventStore/embedded/embeddedEventStore.js';
import { testFolder } from '../support/testFolder.js';
import { eventStoreContract } from './eventStore.js';

const folder = testFolder(t);
let opened = 0;

eventStoreContract(t, 'the embedded event store', () => {
  opened += 1;
  return openEmbeddedEventStore({ folder: join(folder, String(opened)), clock: Date.now });
});
