import { hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type Access, type AccessRole, accessRoles, type KeyDescription } from '../commands/accessKeys.js';

const tenantId = 'default';
const prefixes: Readonly<Record<AccessRole, string>> = {
  write: 'wk_',
  administrator: 'wa_',
  analyst: 'wn_',
  support: 'wu_',
  'privacy-officer': 'wp_',
  service: 'ws_',
};

export const storedAccessKey = z.strictObject({
  keyId: z.string(),
  tenantId: z.string(),
  role: z.enum(accessRoles),
  /** Of a service key that sees personal values; absent otherwise. */
  personalFields: z.literal(true).optional(),
  /** SHA-256 of the secret, hex. The secret has 256 random bits, so nothing slower is needed. */
  secretHash: z.string().length(64),
  createdAt: z.iso.datetime(),
  revokedAt: z.iso.datetime().nullable(),
});

export type StoredAccessKey = z.infer<typeof storedAccessKey>;

/** A secret that the operator chose, from the environment; it is never stored. */
export interface GivenKey {
  readonly secret: string;
  readonly role: AccessRole;
}

interface KnownKey {
  readonly digest: Buffer;
  readonly access: Access;
}

/** The keys in force, in memory. */
export class AccessKeyRing {
  private readonly given: readonly KnownKey[];
  private known: readonly KnownKey[];

  constructor(given: readonly GivenKey[]) {
    this.given = given.map(knownGivenKey);
    this.known = this.given;
  }

  replace(stored: readonly StoredAccessKey[]): void {
    this.known = [...this.given, ...stored.flatMap(knownStoredKey)];
  }

  find(secret: string): Access | undefined {
    const digest = digestOf(secret);
    // Every key is compared: how long this takes says nothing of which one came close.
    let access: Access | undefined;
    for (const key of this.known) if (timingSafeEqual(key.digest, digest)) access = key.access;
    return access;
  }
}

/** @param now epoch milliseconds */
export function newAccessKey(
  role: AccessRole,
  { personalFields }: { readonly personalFields?: true },
  now: number,
): { readonly key: StoredAccessKey; readonly secret: string } {
  const secret = prefixes[role] + randomBytes(32).toString('base64url');
  const key: StoredAccessKey = {
    keyId: randomUUID(),
    tenantId,
    role,
    ...(personalFields && { personalFields }),
    secretHash: digestOf(secret).toString('hex'),
    createdAt: new Date(now).toISOString(),
    revokedAt: null,
  };
  return { key, secret };
}

export function describeAccessKey({ secretHash: _, ...description }: StoredAccessKey): KeyDescription {
  return description;
}

function knownGivenKey({ secret, role }: GivenKey): KnownKey {
  return { digest: digestOf(secret), access: { tenantId, keyId: `given-${role}`, role } };
}

function knownStoredKey(key: StoredAccessKey): KnownKey[] {
  if (key.revokedAt !== null) return [];
  const { keyId, role, personalFields } = key;
  const access = { tenantId: key.tenantId, keyId, role, ...(personalFields && { personalFields }) };
  return [{ digest: Buffer.from(key.secretHash, 'hex'), access }];
}

function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
