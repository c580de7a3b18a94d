import type { Access, AccessRole } from '../commands/accessKeys.js';
import { type PersonalAccess, type Purpose, purposes } from '../commands/personalAccess.js';
import type { FieldError } from '../domain/errors.js';
import { findPersonal } from '../domain/privacy/detection.js';
import { namesPerson } from '../domain/privacy/ownIds.js';
import { invalidParameters } from './reads/parameters.js';
import { seesPersonalValues } from './roles.js';

/** Who reads, and why: what decides whether personal values are opened, and what the access record says. */
export interface Reader {
  readonly tenantId: string;
  readonly actor: PersonalAccess['actor'];
  readonly seesPersonalValues: boolean;
  readonly purpose: Purpose;
  readonly ticket?: string;
}

/** As sent, not yet checked. */
export interface StatedPurpose {
  readonly purpose: unknown;
  readonly ticket: unknown;
  /** The ids by which the request names persons: a ticket holds none of them. */
  readonly ids: readonly unknown[];
}

/** Where nothing is stated. Support is not among them: it states each time for whom it works. */
const usualPurposes: Readonly<Partial<Record<AccessRole, Purpose>>> = {
  administrator: 'operation',
  analyst: 'analytics',
  'privacy-officer': 'privacy-request',
  service: 'personalisation',
};

/** Letters, digits and the marks of ticket numbers: too little for a sentence or an e-mail address. */
const ticketFormat = /^[A-Za-z0-9][A-Za-z0-9._:#/-]{0,63}$/;

/**
 * @param names how the client sends purpose and ticket: the names that stand in the errors
 * @throws CodedError `invalid-parameter` for a purpose or ticket that is none, or is missing where the role has to say it
 */
export function readerOf(
  access: Access,
  { purpose, ticket, ids }: StatedPurpose,
  names: { readonly purpose: string; readonly ticket: string },
): Reader {
  const { tenantId, keyId, role } = access;
  const known = purposes.find((each) => each === (purpose ?? usualPurposes[role]));
  const errors: FieldError[] = [];
  if (known === undefined) errors.push(purposeFault(names.purpose, purpose === undefined));
  const isTicket = typeof ticket === 'string' && ticketFormat.test(ticket) && isImpersonal(ticket, ids);
  if (!isTicket && (ticket !== undefined || role === 'support')) {
    errors.push(ticketFault(names.ticket, ticket === undefined));
  }
  if (known === undefined || errors.length > 0) throw invalidParameters(errors);
  return {
    tenantId,
    actor: { keyId, role },
    seesPersonalValues: seesPersonalValues(access),
    purpose: known,
    ...(isTicket && { ticket }),
  };
}

function isImpersonal(ticket: string, ids: readonly unknown[]): boolean {
  const texts = ids.filter((id) => typeof id === 'string');
  return findPersonal(ticket).length === 0 && !namesPerson(ticket, texts);
}

/** A person with a token for an inbox of their own. */
export const inboxOwner = { keyId: 'inbox-token', role: 'person' } as const;

/** A person who reads what is meant for them. */
export function personAsReader(tenantId: string): Reader {
  return {
    tenantId,
    actor: inboxOwner,
    seesPersonalValues: true,
    purpose: 'operation',
  };
}

function purposeFault(path: string, isMissing: boolean): FieldError {
  return isMissing
    ? { path, code: 'missing', message: `is required for this role: one of ${purposes.join(', ')}` }
    : { path, code: 'invalid-value', message: `must be one of ${purposes.join(', ')}` };
}

function ticketFault(path: string, isMissing: boolean): FieldError {
  return isMissing
    ? { path, code: 'missing', message: 'is required for this role: the reference of the ticket' }
    : {
        path,
        code: 'invalid-value',
        message: 'must be a reference of at most 64 letters, digits and ._:#/- without a personal value',
      };
}
