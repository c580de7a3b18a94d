/** What a key may do. `write` keys ingest; the others read. More roles come with privacy. */
export type AccessRole = 'write' | 'administrator';

export interface Access {
  readonly tenantId: string;
  readonly keyId: string;
  readonly role: AccessRole;
}

/** Secrets are compared by hash, in constant time; a revoked key is as unknown as one that never was. */
export interface AccessKeys {
  authenticate(secret: string): Access | undefined;
}
