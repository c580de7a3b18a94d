import type { AccessRole } from '../commands/accessKeys.js';
import { exitCodes } from './arguments.js';
import type { KeysInvocation } from './keysOptions.js';

export interface ListedKey {
  readonly keyId: string;
  readonly role: AccessRole;
  readonly personalFields?: true | undefined;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

export interface KeysParts {
  readonly keys: {
    create(
      role: AccessRole,
      about: { readonly personalFields?: true },
    ): Promise<{ readonly keyId: string; readonly secret: string }>;
    list(): Promise<readonly ListedKey[]>;
    /** False where there is no such key, or it is revoked already. */
    revoke(keyId: string): Promise<boolean>;
  };
  readonly print: (text: string) => void;
}

/** `waymark keys`. A secret is printed once, when it is made: only its hash is kept. */
export async function keysCommand(invocation: KeysInvocation, { keys, print }: KeysParts): Promise<number> {
  switch (invocation.action) {
    case 'create': {
      const { role, personalFields } = invocation;
      const { keyId, secret } = await keys.create(role, personalFields ? { personalFields } : {});
      print(
        `key     ${keyId}\nrole    ${describeRole(invocation)}\nsecret  ${secret}\nThe secret is not shown again.`,
      );
      return exitCodes.ok;
    }
    case 'list': {
      for (const key of await keys.list()) print(describe(key));
      return exitCodes.ok;
    }
    case 'revoke':
      if (await keys.revoke(invocation.keyId)) {
        print('The key is revoked.');
        return exitCodes.ok;
      }
      print('There is no such key in force; `waymark keys list` shows them.');
      return exitCodes.wrong;
  }
}

function describe({ keyId, role, personalFields, createdAt, revokedAt }: ListedKey): string {
  const shown = describeRole({ role, personalFields }).padEnd('privacy-officer'.length);
  const state = revokedAt === null ? 'in force' : `revoked ${revokedAt}`;
  return `${keyId}  ${shown}  made ${createdAt}  ${state}`;
}

function describeRole({ role, personalFields }: Pick<ListedKey, 'role' | 'personalFields'>): string {
  return personalFields === true ? `${role}, personal fields` : role;
}
