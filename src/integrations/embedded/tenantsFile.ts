import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { KeyStoreUnavailable } from '../../keyStore/keyStore.js';
import { largestVersion } from './keyFileSlot.js';

const storedKey = z.strictObject({
  version: z.number().int().min(1).max(largestVersion),
  wrapped: z.string().min(1),
});
const storedTenant = z.strictObject({ tenantId: z.string(), keys: z.array(storedKey).min(1) });
const tenantsFile = z.strictObject({
  version: z.literal(1),
  /** The secret that pseudonyms come from. */
  secret: z.string().min(1),
  /** A tenant's number is its place here, from 1: tenants are never removed. */
  tenants: z.array(storedTenant),
});
export type TenantsFile = z.infer<typeof tenantsFile>;
export type StoredTenant = z.infer<typeof storedTenant>;

/** Undefined where there is none. @throws KeyStoreUnavailable */
export function readTenants(path: string): TenantsFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new KeyStoreUnavailable('the file of tenant keys could not be read', { cause: error });
  }
  const parsed = tenantsFile.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new KeyStoreUnavailable(
    'the file of tenant keys is damaged: restore the folder of keys from its backup',
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whole or not at all, also through a power cut. @throws KeyStoreUnavailable */
export async function replaceTenants(path: string, content: TenantsFile): Promise<void> {
  const beside = `${path}.new`;
  try {
    const file = await open(beside, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    const folder = await open(dirname(path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    throw new KeyStoreUnavailable('the file of tenant keys could not be written', { cause: error });
  }
}
