import {
  type CheckedText,
  type ComplianceFacts,
  type CompliancePolicy,
  type ComplianceReason,
  complianceFaults,
} from '../../domain/content/compliance.js';

/**
 * Finds the language of a text: a primary subtag, or null where it cannot tell, be the text too short or in a language that
 * it does not know.
 */
export type DetectLanguage = (text: string) => Promise<string | null>;

/** What a text is checked for: all that the rules need to know besides the text itself. */
export interface CheckedFor extends Omit<ComplianceFacts, 'detectedLanguage'> {
  readonly policy: CompliancePolicy;
}

/** Another judge of a text, with reasons of its own; empty where it may be sent. Details hold nothing personal. */
export type ReviewText = (text: CheckedText, about: CheckedFor) => Promise<readonly ComplianceReason[]>;

/** Everything that is wrong with a text; empty where it may be sent. Never rejects. */
export type CheckText = (text: CheckedText, about: CheckedFor) => Promise<readonly ComplianceReason[]>;

export interface CheckTextOptions {
  readonly detectLanguage: DetectLanguage;
  /** Asked where the policy wants it and the rules found nothing; without one such a policy lets no text through. */
  readonly review?: ReviewText;
}

export function checkText({ detectLanguage, review }: CheckTextOptions): CheckText {
  return async (text, about) => {
    // A detector that fails knows nothing, and the other rules still hold.
    const detectedLanguage = await detectLanguage(`${text.title}\n${text.body}`).catch(() => null);
    const faults = complianceFaults(text, { ...about, detectedLanguage }, about.policy);
    if (faults.length > 0 || !about.policy.secondModel) return faults;
    try {
      return review === undefined ? unreviewed : await review(text, about);
    } catch {
      return unreviewed;
    }
  };
}

/** The tenant wants no text to go out that only one judge has seen. */
const unreviewed: readonly ComplianceReason[] = [
  { code: 'not-reviewed', detail: 'The second model that has to review texts does not answer.' },
];
