import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { openKeyStore } from '../../src/integrations/embedded/keyFile.js';
import { localRootKey } from '../../src/integrations/embedded/localRootKey.js';
import { testFolder } from '../support/testFolder.js';
import { keyStoreContract } from './keyStore.js';

const parent = testFolder(t);
let rigs = 0;

keyStoreContract(t, 'the key file under a local root key', async () => {
  rigs += 1;
  const folder = join(parent, String(rigs));
  const rootKey = localRootKey(randomBytes(32));
  return {
    open: () => openKeyStore({ folder, rootKey, clock: Date.now }),
    openWithWrongRootKey: () =>
      openKeyStore({ folder, rootKey: localRootKey(randomBytes(32)), clock: Date.now }),
  };
});
