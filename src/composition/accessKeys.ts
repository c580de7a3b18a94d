import { join } from 'node:path';
import type { AccessKeyStore } from '../commands/accessKeys.js';
import type { Configuration } from '../config.js';
import type { GivenKey } from '../integrations/accessKeyRing.js';
import { openAccessKeyFile } from '../integrations/embedded/accessKeyFile.js';

export interface FirstKeys {
  readonly writeKey: string;
  readonly adminToken: string;
}

/** The installation's access keys, with those that the environment gives. @throws KeyStoreUnavailable */
export async function openAccessKeys(configuration: Configuration): Promise<AccessKeyStore> {
  const { keysUrl, dataFolder } = configuration;
  const options = { given: givenKeys(configuration), now: Date.now };
  if (keysUrl === undefined) return openAccessKeyFile({ path: join(dataFolder, 'keys.json'), ...options });
  const { openAccessKeysInMongo } = await import('./mongoInstallation.js');
  return openAccessKeysInMongo(keysUrl, options);
}

/**
 * On the very first start, where the environment gives no keys either: makes them. Their secrets are told this once, so
 * this comes when nothing can go wrong any more.
 */
export async function makeFirstKeys(
  { writeKey, adminToken }: Configuration,
  keys: AccessKeyStore,
): Promise<FirstKeys | undefined> {
  if (writeKey !== undefined || adminToken !== undefined || !(await keys.mayMakeFirst())) return undefined;
  return {
    writeKey: (await keys.create('write')).secret,
    adminToken: (await keys.create('administrator')).secret,
  };
}

function givenKeys({ writeKey, adminToken }: Configuration): GivenKey[] {
  const given: GivenKey[] = [];
  if (writeKey !== undefined) given.push({ secret: writeKey, role: 'write' });
  if (adminToken !== undefined) given.push({ secret: adminToken, role: 'administrator' });
  return given;
}
