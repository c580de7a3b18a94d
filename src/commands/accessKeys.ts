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

/** A key without its secret. */
export interface KeyDescription {
  readonly keyId: string;
  readonly tenantId: string;
  readonly role: AccessRole;
  readonly personalFields?: true | undefined;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

/** The keys of an installation, of which only hashes are kept. */
export interface AccessKeyStore extends AccessKeys {
  /**
   * The secret is told this once.
   * @param about of a `service` key whether it sees personal values
   */
  create(
    role: AccessRole,
    about?: { readonly personalFields?: true },
  ): Promise<{ readonly keyId: string; readonly secret: string }>;
  list(): Promise<readonly KeyDescription[]>;
  /** False where no such key is in force. */
  revoke(keyId: string): Promise<boolean>;
  /** True where no key was ever made, to one alone of all who ask: the first keys are the caller's to make. */
  mayMakeFirst(): Promise<boolean>;
  close(): Promise<void>;
}
