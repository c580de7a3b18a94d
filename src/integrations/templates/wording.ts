import type { Tone } from '../../commands/help/composeText.js';
import type { SignalType } from '../../domain/journey/events.js';

/** What a built-in text is about: a struggle's signal, or nothing in particular. */
export type Topic = SignalType | 'general';

/** Liquid; the only variable is `where`: `with “Export report”`, or just `here`, for the middle or the end of a sentence. */
export interface Wording {
  readonly title: string;
  readonly body: string;
  /** Says the same in short sentences and plain words. */
  readonly simple: string;
}

/** All texts of one language. They say what was seen, blame nobody, and leave the choice to the person. */
export interface LanguageWordings {
  /** BCP 47, the primary subtag alone. */
  readonly language: string;
  /** Raised when a text changes, so that each message says what exactly was shown. */
  readonly version: number;
  /** Liquid, of the variable `feature`. */
  readonly named: string;
  readonly unnamed: string;
  readonly texts: Readonly<Record<Topic, Readonly<Record<Tone, Wording>>>>;
}
