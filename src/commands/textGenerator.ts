import type { InterventionText } from '../domain/intervention/commands.js';
import type { Severity, SignalType } from '../domain/journey/events.js';

/** What a text is to be about. Holds nothing that names the person. */
export interface TextBrief {
  readonly signalType: SignalType;
  readonly severity: Severity;
  /** As the client's events named it: any text, never trusted as markup. */
  readonly featureId: string;
  /** BCP 47 tags, the person's first choice first; may be empty or hold unknown ones. */
  readonly languages: readonly string[];
}

/** Most characters of a text's parts, so that it fits any screen and channel. */
export const textLimits = { title: 80, body: 400 } as const;

/** Writes help messages. Implementations pass `test/contracts/textGenerator.ts`. */
export interface TextGenerator {
  /** Plain text within `textLimits`, in a language it supports; null where it has nothing fitting to say. */
  generate(brief: TextBrief): Promise<InterventionText | null>;
}
