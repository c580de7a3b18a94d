import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import type { InstallationContent, WrappedPerson } from '../installationContent.js';
import { encodeSlot, slotStates } from './keyFileSlot.js';
import { KeyFileSlots } from './keyFileSlots.js';
import { replaceTenants } from './tenantsFile.js';

const slotsAtATime = 5000;

/**
 * Makes a folder of keys of what was kept elsewhere. The file of tenants comes last: a folder without it is none, and is
 * begun again.
 * @returns how many people there are
 * @throws KeyStoreUnavailable, also where the folder holds keys already
 */
export async function writeKeyFile(folder: string, content: InstallationContent): Promise<number> {
  const tenantPath = join(folder, 'tenants.json');
  assertNoKeys(folder);
  const slotPath = join(folder, 'keys.slots');
  await rm(slotPath, { force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const numbers = new Map(content.tenants.map(({ tenantId }, place) => [tenantId, place + 1]));
  const slots = await KeyFileSlots.open(slotPath);
  let people = 0;
  try {
    for await (const person of content.people()) {
      for (const bytes of recordsOf(person, numbers.get(person.tenantId))) slots.append(bytes);
      people += 1;
      if (people % slotsAtATime === 0) await slots.committed();
    }
    await slots.committed();
  } finally {
    await slots.close();
  }
  const tenants = content.tenants.map(({ tenantId, keys }) => ({ tenantId, keys: [...keys] }));
  await replaceTenants(tenantPath, { version: 1, secret: content.secret, tenants });
  return people;
}

/** @throws KeyStoreUnavailable */
export function assertNoKeys(folder: string): void {
  if (!existsSync(join(folder, 'tenants.json'))) return;
  throw new KeyStoreUnavailable('The folder holds keys already: name another with WAYMARK_DATA');
}

function recordsOf({ subject, destroyedAt, keys }: WrappedPerson, tenant: number | undefined): Buffer[] {
  if (tenant === undefined) throw new KeyStoreUnavailable('a person is of a tenant that has no key');
  const about = { tenant, subject, time: destroyedAt ?? 0 };
  if (destroyedAt !== null) {
    const state = slotStates.destroyed;
    return [encodeSlot({ ...about, state, version: 1, tenantKeyVersion: 1, wrapped: undefined })];
  }
  return keys.map(({ wrapped, ...versions }) =>
    encodeSlot({ ...about, ...versions, state: slotStates.active, wrapped: Buffer.from(wrapped, 'base64') }),
  );
}
