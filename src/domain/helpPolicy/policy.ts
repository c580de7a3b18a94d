import { type CompliancePolicy, defaultCompliancePolicy } from '../content/compliance.js';
import type { HelpChannel } from '../strategy/definition.js';

/** What holds for all help of a tenant, as one whole: what is read is what is replaced. Durations in milliseconds. */
export interface HelpPolicy {
  readonly enabled: boolean;
  readonly fatigue: readonly FatigueLimit[];
  /** What a message over each channel counts for. */
  readonly weights: Readonly<Record<HelpChannel, number>>;
  readonly quietHours: QuietHours | null;
  /** A struggle or event older than this is history (an import, a long stop), not something to help with now. */
  readonly staleAfter: number;
  readonly models: {
    /** Names of models in the order they are tried; null: the installation's. */
    readonly order: readonly string[] | null;
    readonly maxTurns: number;
    readonly maxTokens: number;
    readonly deadline: number;
    /** Versions of prompts that the tenant keeps to; of the others the newest is used. */
    readonly prompts?: Readonly<Partial<Record<PromptUse, number>>> | undefined;
  };
  readonly budget: { readonly perDay: { readonly tokens: number | null; readonly microUsd: number | null } };
  readonly disclosure: {
    /** Of a person's name, before a text is asked of a provider. */
    readonly name: 'omit' | 'pseudonym';
    /** Names of traits that a provider may see in the clear. */
    readonly traits: readonly string[];
  };
  readonly compliance: CompliancePolicy;
}

/** What models are asked for. */
export const promptUses = ['writeHelp', 'reviewText', 'analyseContext'] as const;
export type PromptUse = (typeof promptUses)[number];

/** The most that one person is sent within any window of this length, weighted. */
export interface FatigueLimit {
  readonly channel: HelpChannel | 'any';
  readonly window: number;
  readonly limit: number;
}

/** By the person's own clock, from the one time to the other, over midnight where it is earlier. */
export interface QuietHours {
  /** HH:MM. */
  readonly from: string;
  readonly to: string;
  readonly channels: readonly HelpChannel[];
  /** IANA name; for people whose own is not known. */
  readonly timeZone: string;
}

const minute = 60_000;
const day = 24 * 60 * minute;

export const defaultHelpPolicy: HelpPolicy = {
  enabled: true,
  fatigue: [
    { channel: 'any', window: day, limit: 6 },
    { channel: 'email', window: 7 * day, limit: 6 },
    { channel: 'sms', window: 7 * day, limit: 6 },
  ],
  weights: { in_app: 1, email: 2, sms: 3, push: 2, webhook: 0 },
  quietHours: { from: '21:00', to: '08:00', channels: ['sms', 'push'], timeZone: 'UTC' },
  staleAfter: 10 * minute,
  models: { order: null, maxTurns: 4, maxTokens: 4000, deadline: 4000 },
  budget: { perDay: { tokens: null, microUsd: null } },
  disclosure: { name: 'omit', traits: [] },
  compliance: defaultCompliancePolicy,
};
