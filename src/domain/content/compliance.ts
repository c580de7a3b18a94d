import type { ConsentChannel as HelpChannel } from '../consent/events.js';

/** What a text must and must not say. */
export interface CompliancePolicy {
  readonly bannedPhrases: readonly string[];
  readonly requiredPhrases: readonly {
    readonly phrase: string;
    readonly channels: readonly HelpChannel[];
  }[];
  /** Phrases that claim what would need proof. */
  readonly claims: readonly string[];
  readonly allowedLinkHosts: readonly string[];
  readonly maxLength: Readonly<Record<HelpChannel, { readonly title: number; readonly body: number }>>;
  readonly maxReadingGrade: number | null;
  readonly secondModel: boolean;
}

export const defaultCompliancePolicy: CompliancePolicy = {
  bannedPhrases: [],
  requiredPhrases: [],
  claims: [],
  allowedLinkHosts: [],
  maxLength: {
    in_app: { title: 120, body: 1000 },
    email: { title: 200, body: 10_000 },
    sms: { title: 60, body: 480 },
    push: { title: 80, body: 240 },
    webhook: { title: 200, body: 10_000 },
  },
  maxReadingGrade: null,
  secondModel: false,
};
