import { LRUCache } from 'lru-cache';
import type { CompliancePolicy, ComplianceReason } from '../../domain/content/compliance.js';
import { type CheckText, sentBodyOf } from './compliance.js';

/** Texts of each policy; far more than templates say at a time, so long as many are stuck at the same thing. */
const remembered = 500;

/**
 * Checks a text once that is sent to many: when something breaks, a template says the same to everybody. What holds or depends
 * on a person's own values is checked each time and not kept.
 */
export function rememberedChecks(check: CheckText): CheckText {
  const byPolicy = new WeakMap<CompliancePolicy, LRUCache<string, readonly ComplianceReason[]>>();
  return async (text, about) => {
    const { policy, channel, language, personalValues, putBack } = about;
    // Links of two messages differ in what they say, but only their length counts.
    const { length } = sentBodyOf(text, about);
    const key = JSON.stringify([channel, language, text.title, text.body, length]);
    const isPersonal =
      personalValues.length > 0 || putBack.some((value) => key.toLowerCase().includes(value.toLowerCase()));
    if (isPersonal) return check(text, about);
    const known = byPolicy.get(policy) ?? new LRUCache({ max: remembered });
    byPolicy.set(policy, known);
    const before = known.get(key);
    if (before !== undefined) return before;
    const reasons = await check(text, about);
    known.set(key, reasons);
    return reasons;
  };
}
