import type { Severity, SignalType } from '../../domain/journey/events.js';

/** How a text speaks: in passing, or plainly because the person is really stuck. */
export type Tone = 'gentle' | 'direct';

export const toneOf: Readonly<Record<Severity, Tone>> = {
  low: 'gentle',
  medium: 'gentle',
  high: 'direct',
  critical: 'direct',
};

export interface Wording {
  readonly title: string;
  /** @param at where it happened, for the middle or the end of a sentence: `with “Export report”`, or just `here` */
  body(at: string): string;
}

/** All texts of one language. They say what was seen, blame nobody, and leave the choice to the person. */
export interface LanguageWordings {
  /** BCP 47, the primary subtag alone. */
  readonly language: string;
  /** Raised when a text changes, so that each message says what exactly was shown. */
  readonly version: number;
  named(feature: string): string;
  readonly unnamed: string;
  readonly texts: Readonly<Record<SignalType, Readonly<Record<Tone, Wording>>>>;
}
