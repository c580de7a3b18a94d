import { openMongoDocumentStore } from '../../src/integrations/mongodb/mongoDocumentStore.js';
import { CountedCommits } from './countedCommits.js';

/**
 * Run as a process of its own, to be killed or paused: goes on committing from where the checkpoint stands. Prints the
 * number of each commit that was acknowledged; when it is fenced off, the error's code.
 */
const [url = '', name = ''] = process.argv.slice(2);

const store = openMongoDocumentStore({ url, now: Date.now });
const commits = new CountedCommits(name);
await commits.define(store);
let number = await commits.open(store);
console.log(`from ${number}`);
try {
  for (;;) {
    await commits.commit(store, ++number);
    console.log(number);
  }
} catch (error) {
  console.log(error instanceof Error && 'code' in error ? error.code : error);
}
await store.close();
