import { canonicalJson } from '../canonicalJson.js';
import type { ConsentPurpose } from '../consent/events.js';
import { type ConsentRule, defaultConsentPolicy } from '../consent/policy.js';
import { defaultFieldPolicy, type FieldPolicy } from '../privacy/fieldPolicy.js';
import { defaultRetentionPeriods, type RetentionPeriods } from '../retention/periods.js';

/** What a tenant decides about personal data, as one whole: what is read is what is replaced. */
export interface PolicySet {
  readonly fields: FieldPolicy;
  readonly consent: {
    readonly rules: Readonly<Record<ConsentPurpose, ConsentRule>>;
    /** Names of events that are taken in where analytics is `necessary-only`. */
    readonly necessaryEvents: readonly string[];
  };
  readonly retention: RetentionPeriods;
}

export const defaultPolicies: PolicySet = {
  fields: defaultFieldPolicy,
  consent: { rules: defaultConsentPolicy.rules, necessaryEvents: [...defaultConsentPolicy.necessaryEvents] },
  retention: defaultRetentionPeriods,
};

export function samePolicies(one: PolicySet, other: PolicySet): boolean {
  return canonicalJson(one) === canonicalJson(other);
}
