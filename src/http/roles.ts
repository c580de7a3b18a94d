import type { Access, AccessRole } from '../commands/accessKeys.js';

/**
 * What a route asks of its caller: `write` ingests; `read` is about everyone or no one; `person` is about one person alone;
 * `help` asks for help for somebody; `privacy` serves officers; `admin` is everything that changes how the installation works or hands out access.
 */
export const routeAccesses = ['public', 'write', 'read', 'person', 'help', 'privacy', 'admin'] as const;
export type RouteAccess = (typeof routeAccesses)[number];
/** What needs a key. */
export type KeyAccess = Exclude<RouteAccess, 'public'>;

/** The one table of who may do what. `docs/privacy/roles.md` shows it, and a test compares the two. */
export const allowedRoles: Readonly<Record<KeyAccess, readonly AccessRole[]>> = {
  write: ['write'],
  read: ['administrator', 'analyst', 'privacy-officer', 'service'],
  person: ['administrator', 'analyst', 'support', 'privacy-officer', 'service'],
  help: ['administrator', 'service'],
  privacy: ['administrator', 'privacy-officer'],
  admin: ['administrator'],
};

const rolesThatSeePersonalValues: readonly AccessRole[] = ['administrator', 'support', 'privacy-officer'];

/** Whether personal values are opened for the caller; everyone else gets them masked. */
export function seesPersonalValues({ role, personalFields }: Access): boolean {
  return rolesThatSeePersonalValues.includes(role) || (role === 'service' && personalFields === true);
}
