/**
 * What a key is for. `write` ingests; `administrator` does everything else; `analyst` reads everything with personal
 * values masked; `support` reads about one person at a time, for a stated purpose and ticket; `privacy-officer` sees to
 * requests, consents, audit and breaches, and sees personal values; `service` reads for machines.
 */
export const accessRoles = [
  'write',
  'administrator',
  'analyst',
  'support',
  'privacy-officer',
  'service',
] as const;
export type AccessRole = (typeof accessRoles)[number];

export interface Access {
  readonly tenantId: string;
  readonly keyId: string;
  readonly role: AccessRole;
  /** Of a `service` key that was made to see personal values; the other roles decide for themselves. */
  readonly personalFields?: true;
}

/** Secrets are compared by hash, in constant time; a revoked key is as unknown as one that never was. */
export interface AccessKeys {
  authenticate(secret: string): Access | undefined;
}
