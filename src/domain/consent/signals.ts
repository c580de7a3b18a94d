import type { JsonObject, JsonValue } from '../json.js';
import type { ConsentCommand } from './commands.js';
import type { ConsentPurpose, Decision } from './events.js';
import { type ConsentState, isStrict } from './evolve.js';

/** What a message says of its sender's choices, besides what it reports. */
export interface ConsentSignals {
  /** Global Privacy Control. */
  readonly gpc: boolean;
  /** What the client's consent dialogue says of purposes, those it names alone. */
  readonly preferences: readonly { readonly purpose: ConsentPurpose; readonly granted: boolean }[];
}

/** Names of categories as consent dialogues give them, in lower case without separators. */
const purposeOfCategory: ReadonlyMap<string, ConsentPurpose> = new Map([
  ['analytics', 'analytics'],
  ['performance', 'analytics'],
  ['statistics', 'analytics'],
  ['personalisation', 'personalisation'],
  ['personalization', 'personalisation'],
  ['functional', 'personalisation'],
  ['preferences', 'personalisation'],
  ['marketing', 'marketing'],
  ['advertising', 'marketing'],
  ['targeting', 'marketing'],
]);

/** More categories than a dialogue has are not looked at. */
const mostCategories = 50;

/**
 * Of a message's context: `gpc`, and `consent.categoryPreferences` of the Segment specification. Undefined where it says
 * nothing, which is nearly always. Where several categories mean one purpose, one refusal refuses it.
 */
export function signalsIn(context: JsonObject | undefined, gpc: boolean): ConsentSignals | undefined {
  const consent = context?.consent;
  const signalled = gpc || context?.gpc === true;
  if (consent === undefined) return signalled ? { gpc: true, preferences: [] } : undefined;
  const preferences = preferencesIn(isObject(consent) ? consent.categoryPreferences : undefined);
  return signalled || preferences.length > 0 ? { gpc: signalled, preferences } : undefined;
}

function preferencesIn(categories: JsonValue | undefined): ConsentSignals['preferences'] {
  if (!isObject(categories)) return [];
  const granted = new Map<ConsentPurpose, boolean>();
  for (const [name, value] of Object.entries(categories).slice(0, mostCategories)) {
    const purpose = purposeOfCategory.get(name.toLowerCase().replaceAll(/[^a-z]/g, ''));
    if (purpose !== undefined && typeof value === 'boolean') {
      granted.set(purpose, value && (granted.get(purpose) ?? true));
    }
  }
  return [...granted].map(([purpose, value]) => ({ purpose, granted: value }));
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What signals say that is not known yet: the same signal with every message is recorded once. A GPC signal is heeded as a
 * first decision on the sale; a person who allowed it since has decided anew (11 CCR § 7025(c)).
 * @param at when the message occurred, epoch milliseconds
 */
export function commandsFromSignals(
  { gpc, preferences }: ConsentSignals,
  state: ConsentState,
  at: number,
): ConsentCommand[] {
  const decision = { decidedAt: at, countsFrom: at, policyVersion: null, textHash: null, proof: null };
  const commands: ConsentCommand[] = [];
  if (gpc && !state.standing.has('sale')) {
    commands.push({ type: 'OptOutOfSale', data: { ...decision, source: 'gpc' } });
  }
  for (const { purpose, granted } of preferences) {
    const present = state.standing.get(purpose)?.event;
    const isNews = present === undefined || (isStrict(present) === granted && present.data.countsFrom < at);
    const data: Decision & { purpose: ConsentPurpose } = { ...decision, source: 'sdk', purpose };
    if (isNews) commands.push({ type: granted ? 'GrantConsent' : 'WithdrawConsent', data });
  }
  return commands;
}
