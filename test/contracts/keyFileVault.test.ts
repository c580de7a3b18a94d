import { join } from 'node:path';
import t from 'tap';
import { openKeyStore } from '../../src/integrations/embedded/keyFile.js';
import { vaultRootKey } from '../../src/integrations/vault/vaultRootKey.js';
import { testFolder } from '../support/testFolder.js';
import { startVaultServer, vaultToken } from '../support/vaultServer.js';
import { keyStoreContract } from './keyStore.js';

const parent = testFolder(t);
const vault = await startVaultServer();
t.teardown(() => vault.close());
let rigs = 0;

keyStoreContract(t, 'the key file under a root key in Vault', async () => {
  rigs += 1;
  const folder = join(parent, String(rigs));
  const open = (transitKey: string) =>
    openKeyStore({
      folder,
      rootKey: vaultRootKey({
        address: vault.address,
        token: async () => vaultToken,
        transitKey,
        namespace: undefined,
        now: Date.now,
      }),
      clock: Date.now,
    });
  return { open: () => open('waymark'), openWithWrongRootKey: () => open('another') };
});
