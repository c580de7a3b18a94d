import {
  type CheckedText,
  type ComplianceFacts,
  type CompliancePolicy,
  type ComplianceReason,
  complianceFaults,
} from '../../domain/content/compliance.js';
import { rewriteLinks } from '../textLinks.js';

/**
 * Finds the language of a text: a primary subtag, or null where it cannot tell, be the text too short or in a language that
 * it does not know.
 */
export type DetectLanguage = (text: string) => Promise<string | null>;

/** What a text is checked for: all that the rules need to know besides the text itself. */
export interface CheckedFor extends Omit<ComplianceFacts, 'detectedLanguage' | 'sentBody'> {
  readonly policy: CompliancePolicy;
  /** The address that is sent in place of one in the text. */
  click(url: string): string;
}

/** Of the text as it is sent, where that counts. */
export function sentBodyOf(
  { body }: Pick<CheckedText, 'body'>,
  { channel, click }: Pick<CheckedFor, 'channel' | 'click'>,
): string {
  return channel === 'sms' ? rewriteLinks(body, click) : body;
}

/** Everything that the rules find wrong with a text; empty where it may be sent. Never rejects. */
export type CheckText = (text: CheckedText, about: CheckedFor) => Promise<readonly ComplianceReason[]>;

export function checkText(detectLanguage: DetectLanguage): CheckText {
  return async (text, about) => {
    // A detector that fails knows nothing, and the other rules still hold.
    const detectedLanguage = await detectLanguage(`${text.title}\n${text.body}`).catch(() => null);
    const sentBody = sentBodyOf(text, about);
    return complianceFaults(text, { ...about, detectedLanguage, sentBody }, about.policy);
  };
}
