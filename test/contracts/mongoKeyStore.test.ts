import { randomBytes } from 'node:crypto';
import t from 'tap';
import { localRootKey } from '../../src/integrations/embedded/localRootKey.js';
import { openKeysOn } from '../support/mongoKeys.js';
import { mongoDatabase, noMongoServer } from '../support/mongoServer.js';
import { keyStoreContract } from './keyStore.js';

t.test('in MongoDB', { skip: noMongoServer }, async (t) => {
  const url = await mongoDatabase(t);
  let rigs = 0;
  // The test server reads a whole collection to change one document of it.
  const few = { crowd: 60 };
  const rig = async () => {
    rigs += 1;
    const own = url.replace(/\/(waymark-test-[^?]*)/, `/$1-${rigs}`);
    const rootKey = localRootKey(randomBytes(32));
    return {
      open: () => openKeysOn(own, rootKey),
      openWithWrongRootKey: () => openKeysOn(own, localRootKey(randomBytes(32))),
    };
  };
  keyStoreContract(t, 'the key store', rig, few);
});
