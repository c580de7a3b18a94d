import type { Complexity } from '../../domain/content/audience.js';

/** For whom a text is written. Opened, in memory only. */
export interface Reader {
  /** BCP 47, the first choice first. */
  readonly languages: readonly string[];
  readonly complexity: Complexity;
  readonly ageGroup: string | null;
  /** How the person is called; null where nothing tells, or what tells is not plainly a name. */
  readonly name: string | null;
  /** What must not stand in a text: ids, and the values of traits. Opened when it is asked for, since no template knows any. */
  personal(): Promise<readonly PersonalText[]>;
}

/** An id, or what a trait holds. */
export interface PersonalText {
  /** The trait's name; null of an id. */
  readonly trait: string | null;
  readonly value: string;
}
