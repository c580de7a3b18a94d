import { parseArgs } from 'node:util';
import { startEventStoreDbServer } from './server.js';

/**
 * The test server as a process of its own: `node build/test/support/eventstoredb/main.js --port 2113 --folder path`.
 * Says where it listens in its first line of output; keeps its data in the folder across restarts and `kill -9`.
 */
const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, folder: { type: 'string' } },
});
if (values.folder === undefined) {
  console.error('Name a folder with --folder');
  process.exit(2);
}
const server = await startEventStoreDbServer({ folder: values.folder, port: Number(values.port) });
console.log(server.url);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void server.stop().then(() => process.exit(0));
  });
}
