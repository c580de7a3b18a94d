import { createInterface } from 'node:readline';
import { localRootKey } from '../../src/integrations/embedded/localRootKey.js';
import { KeyStoreUnavailable } from '../../src/keyStore/keyStore.js';
import { Sealing } from '../../src/keyStore/sealing.js';
import { openKeysOn } from './mongoKeys.js';

/**
 * An instance of its own that holds somebody's keys in memory: `<url> <lease> <subject>`. It says `ready`, and then for every
 * line what came of it: `seal` under what it holds (`sealed`, `refused`), `ask` the key store (`active`, `destroyed`,
 * `unavailable`).
 */
const [url = '', lease = '', subject = ''] = process.argv.slice(2);
const keyStore = await openKeysOn(url, localRootKey(Buffer.alloc(32, 1)), Number(lease));
const sealer = await new Sealing(keyStore).sealerOf('acme', subject);
if (sealer === undefined) throw new Error('the person is erased already');

async function answer(line: string): Promise<string> {
  try {
    if (line === 'ask') return (await keyStore.open('acme', subject)).is;
    sealer?.seal('message', 'email', 'ada@example.com');
    return 'sealed';
  } catch (error) {
    if (!(error instanceof KeyStoreUnavailable)) throw error;
    return line === 'ask' ? 'unavailable' : 'refused';
  }
}

console.log('ready');
for await (const line of createInterface(process.stdin)) console.log(await answer(line));
process.exit(0);
