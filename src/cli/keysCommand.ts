import type { AccessRole } from '../commands/accessKeys.js';
import { exitCodes } from './arguments.js';
import type { KeysInvocation } from './commands.js';

export interface ListedKey {
  readonly keyId: string;
  readonly role: AccessRole;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

export interface KeysParts {
  readonly keys: {
    create(role: AccessRole): Promise<{ readonly keyId: string; readonly secret: string }>;
    list(): readonly ListedKey[];
    /** False where there is no such key, or it is revoked already. */
    revoke(keyId: string): Promise<boolean>;
  };
  readonly print: (text: string) => void;
}

/** `waymark keys`. A secret is printed once, when it is made: only its hash is kept. */
export async function keysCommand(invocation: KeysInvocation, { keys, print }: KeysParts): Promise<number> {
  switch (invocation.action) {
    case 'create': {
      const { keyId, secret } = await keys.create(invocation.role);
      print(
        `key     ${keyId}\nrole    ${invocation.role}\nsecret  ${secret}\nThe secret is not shown again.`,
      );
      return exitCodes.ok;
    }
    case 'list': {
      for (const key of keys.list()) print(describe(key));
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

function describe({ keyId, role, createdAt, revokedAt }: ListedKey): string {
  const state = revokedAt === null ? 'in force' : `revoked ${revokedAt}`;
  return `${keyId}  ${role.padEnd('administrator'.length)}  made ${createdAt}  ${state}`;
}
