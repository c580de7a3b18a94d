import { type AccessRole, accessRoles } from '../commands/accessKeys.js';
import { expectPositionals, type GivenOptions } from './options.js';

export type KeysInvocation =
  | {
      readonly command: 'keys';
      readonly action: 'create';
      readonly role: AccessRole;
      /** Of a service key: whether it sees personal values. */
      readonly personalFields?: true;
    }
  | { readonly command: 'keys'; readonly action: 'list' }
  | { readonly command: 'keys'; readonly action: 'revoke'; readonly keyId: string };

/** Of the keys that personal values are sealed with. */
export interface RotateInvocation {
  readonly command: 'keys';
  readonly action: 'rotate';
  readonly level: 'root' | 'tenant' | 'data';
  readonly tenantId: string;
  /** Whose data key; empty for the other levels. */
  readonly userId: string;
}

/** @throws Error whose message says what to do */
export function readKeys(
  options: GivenOptions,
  positionals: readonly string[],
): KeysInvocation | RotateInvocation {
  const [action, ...rest] = positionals;
  for (const name of ['role', 'personal-fields']) {
    if (options[name] !== undefined && action !== 'create')
      throw new Error(`--${name} belongs to keys create`);
  }
  if (options.tenant !== undefined && action !== 'rotate') throw new Error('--tenant belongs to keys rotate');
  switch (action) {
    case 'create': {
      expectPositionals(rest, []);
      return { command: 'keys', action, ...newKey(options) };
    }
    case 'list':
      expectPositionals(rest, []);
      return { command: 'keys', action };
    case 'revoke': {
      const [keyId] = expectPositionals(rest, ['KEY_ID']);
      return { command: 'keys', action, keyId };
    }
    case 'rotate':
      return readRotate(options.tenant ?? 'default', rest);
    default:
      throw new Error('say what to do with keys: create, list, revoke or rotate');
  }
}

function newKey(options: GivenOptions): { readonly role: AccessRole; readonly personalFields?: true } {
  const role = accessRoles.find((name) => name === (options.role ?? 'write'));
  if (role === undefined) throw new Error(`--role must be one of ${accessRoles.join(', ')}`);
  const personalFields = options['personal-fields'] ?? 'no';
  if (personalFields !== 'yes' && personalFields !== 'no') {
    throw new Error('--personal-fields must be yes or no');
  }
  if (personalFields === 'no') return { role };
  if (role !== 'service')
    throw new Error('--personal-fields belongs to --role service; other roles decide it');
  return { role, personalFields: true };
}

function readRotate(tenantId: string, [level, ...rest]: readonly string[]): RotateInvocation {
  const rotate = { command: 'keys', action: 'rotate', tenantId } as const;
  switch (level) {
    case 'root':
    case 'tenant':
      expectPositionals(rest, []);
      return { ...rotate, level, userId: '' };
    case 'data': {
      const [userId] = expectPositionals(rest, ['USER']);
      return { ...rotate, level, userId };
    }
    default:
      throw new Error('say which keys to rotate: root, tenant or data');
  }
}
