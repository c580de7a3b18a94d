import type { ConsentChannel, ConsentPurpose } from './events.js';
import { type ConsentState, isStrict, type Standing } from './evolve.js';

/**
 * What holds where a person has decided nothing: `opt-in` refuses until consent is granted, `opt-out` allows until it is
 * withdrawn, `necessary-only` refuses whatever was granted.
 */
export const consentRules = ['opt-in', 'opt-out', 'necessary-only'] as const;
export type ConsentRule = (typeof consentRules)[number];

/** The same for everyone in a tenant. */
export interface ConsentPolicy {
  readonly rules: Readonly<Record<ConsentPurpose, ConsentRule>>;
  /** Names of events that the service cannot do without: taken in though analytics is `necessary-only`. */
  readonly necessaryEvents: ReadonlySet<string>;
}

export const defaultConsentPolicy: ConsentPolicy = {
  rules: {
    analytics: 'opt-out',
    personalisation: 'opt-out',
    marketing: 'opt-out',
    in_app: 'opt-out',
    email: 'opt-out',
    sms: 'opt-out',
    push: 'opt-out',
    webhook: 'opt-out',
  },
  necessaryEvents: new Set(),
};

export const refusalReasons = [
  'restricted',
  'withdrawn',
  'not-granted',
  'necessary-only',
  'sale-opted-out',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** Whether something may be done, and the consent event that decided it; null where the policy did. */
export type Permission = { readonly allowed: true; readonly consentEventId: string | null } | Refusal;

export interface Refusal {
  readonly allowed: false;
  readonly reason: RefusalReason;
  readonly consentEventId: string | null;
}

const allowedByPolicy: Permission = { allowed: true, consentEventId: null };

/** @param gpc whether a Global Privacy Control signal comes with the very request; heeded for `sale` alone */
export function mayProcess(
  state: ConsentState,
  policy: ConsentPolicy,
  purpose: ConsentPurpose | 'sale',
  channel?: ConsentChannel,
  { gpc = false }: { readonly gpc?: boolean } = {},
): Permission {
  const restriction = state.standing.get('processing');
  if (restriction !== undefined && isStrict(restriction.event)) return refused('restricted', restriction);
  if (purpose === 'sale') return maySell(state, gpc);
  const permission = mayUse(state, policy, purpose, channel);
  if (!permission.allowed || channel === undefined || channel === purpose) return permission;
  const reaching = mayUse(state, policy, channel);
  return reaching.allowed && permission.consentEventId !== null ? permission : reaching;
}

/** A signal is a first decision; who has allowed the sale since has decided about it (11 CCR § 7025(c)). */
function maySell({ standing }: ConsentState, gpc: boolean): Permission {
  const decided = standing.get('sale');
  if (decided === undefined) return gpc ? refused('sale-opted-out') : allowedByPolicy;
  return isStrict(decided.event) ? refused('sale-opted-out', decided) : allowed(decided);
}

function mayUse(
  state: ConsentState,
  policy: ConsentPolicy,
  purpose: ConsentPurpose,
  channel?: ConsentChannel,
): Permission {
  const rule = policy.rules[purpose];
  if (rule === 'necessary-only') return refused('necessary-only');
  const decided = decisionOn(state, purpose, channel);
  if (decided !== undefined)
    return isStrict(decided.event) ? refused('withdrawn', decided) : allowed(decided);
  return rule === 'opt-in' ? refused('not-granted') : allowedByPolicy;
}

/**
 * What was withdrawn for one channel stays so until it is granted for that channel again; what was granted for one
 * channel ends with a later withdrawal of the purpose as a whole.
 */
function decisionOn(
  { standing }: ConsentState,
  purpose: ConsentPurpose,
  channel: ConsentChannel | undefined,
): Standing | undefined {
  const general = standing.get(purpose);
  const specific = channel === undefined ? undefined : standing.get(`${purpose}/${channel}`);
  if (specific === undefined || general === undefined) return specific ?? general;
  if (isStrict(specific.event)) return specific;
  return isStrict(general.event) && general.event.data.countsFrom >= specific.event.data.countsFrom
    ? general
    : specific;
}

function allowed({ eventId }: Standing): Permission {
  return { allowed: true, consentEventId: eventId };
}

function refused(reason: RefusalReason, by?: Standing): Refusal {
  return { allowed: false, reason, consentEventId: by?.eventId ?? null };
}
