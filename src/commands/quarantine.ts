import type { RejectedMessage } from '../domain/ingestion/events.js';
import type { IdentityKind } from '../domain/journey/events.js';
import type { Sealers } from '../keyStore/sealing.js';
import type { IngestRequest, RejectedInput } from './incomingMessage.js';

/** The pseudonym of an identity under the tenant's secret: 32 hex digits. */
export type SubjectOf = (tenantId: string, kind: IdentityKind, value: string) => string;

export interface QuarantineDependencies {
  readonly sealing: Sealers;
  readonly subjectOf: SubjectOf;
  readonly newId: () => string;
}

/**
 * Rejected messages as they are recorded, their content sealed under the key of the person they name, so that it goes with
 * the person; what names nobody gets a key of its own. Of a person who was erased the content is not kept.
 */
export function quarantine(
  { sealing, subjectOf, newId }: QuarantineDependencies,
  { tenantId, rejected }: IngestRequest,
): Promise<RejectedMessage[]> {
  return Promise.all(
    rejected.map(async ({ messageId, code, message, payload }: RejectedInput) => {
      const quarantineId = newId();
      const { kind, value } = identityIn(payload) ?? {
        kind: 'anonymous',
        value: `quarantine/${quarantineId}`,
      };
      const sealer = await sealing.sealerOf(tenantId, subjectOf(tenantId, kind, value));
      const sealed = sealer?.seal(quarantineId, 'payload', payload) ?? '';
      return { quarantineId, messageId, code, reason: message, payload: sealed };
    }),
  );
}

/** Looks in the text, since what was rejected need be no valid message, nor whole. */
function identityIn(payload: string): { readonly kind: IdentityKind; readonly value: string } | undefined {
  const user = fieldIn(payload, /"(?:userId|user_id)"\s*:\s*("(?:[^"\\]|\\.)*"|\d+)/);
  if (user !== undefined) return { kind: 'user', value: user };
  const anonymous = fieldIn(payload, /"(?:anonymousId|anonymous_id)"\s*:\s*("(?:[^"\\]|\\.)*"|\d+)/);
  return anonymous === undefined ? undefined : { kind: 'anonymous', value: anonymous };
}

function fieldIn(payload: string, pattern: RegExp): string | undefined {
  const quoted = pattern.exec(payload)?.[1];
  if (quoted === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === 'number' || (typeof value === 'string' && value !== '')
      ? String(value)
      : undefined;
  } catch {
    return undefined;
  }
}
