import { type CountSyllables, syllableCounts } from './syllables.js';

/** How hard a text is to read. */
export interface ReadingLevel {
  /** Years of school that a reader needs; about 0–20, and 17 stands for a university degree where a table says so. */
  readonly grade: number;
  readonly words: number;
  readonly formula: 'flesch-kincaid' | 'wiener-sachtextformel-1' | 'fernandez-huerta' | 'kandel-moles';
}

/** The counts that all of the formulas are made of. */
export interface TextCounts {
  readonly words: number;
  readonly sentences: number;
  readonly syllables: number;
  /** Words of three syllables or more. */
  readonly longSpoken: number;
  /** Words of more than six letters. */
  readonly longWritten: number;
  readonly oneSyllable: number;
}

/** The formulas were fitted to passages of 100 words; below this a single word would decide. */
export const fewestWords = 20;

/** What is longer is no word, and would take long to be counted. */
const longestWord = 60;

/** Null for languages without a formula here, and texts too short to be measured. @param language primary subtag */
export function readingLevel(text: string, language: string): ReadingLevel | null {
  if (!isMeasured(language)) return null;
  const counts = countText(text, language, syllableCounts[language]);
  if (counts.words < fewestWords) return null;
  const { formula, gradeOf } = formulas[language];
  return { grade: Math.round(gradeOf(counts) * 10) / 10, words: counts.words, formula };
}

type Measured = keyof typeof syllableCounts;

function isMeasured(language: string): language is Measured {
  return Object.hasOwn(syllableCounts, language);
}

export function countText(text: string, language: string, syllablesOf: CountSyllables): TextCounts {
  const counts = { words: 0, sentences: 0, syllables: 0, longSpoken: 0, longWritten: 0, oneSyllable: 0 };
  const sentences = new Intl.Segmenter(language, { granularity: 'sentence' });
  for (const { segment } of sentences.segment(text)) {
    // Elisions and compounds are words of their own: l’aide, step-by-step.
    const words =
      segment
        .normalize('NFC')
        .toLowerCase()
        .match(/\p{L}[\p{L}\p{M}]*/gu) ?? [];
    if (words.length > 0) counts.sentences += 1;
    for (const word of words) {
      const syllables = syllablesOf(word.slice(0, longestWord));
      counts.words += 1;
      counts.syllables += syllables;
      if (syllables >= 3) counts.longSpoken += 1;
      if (syllables === 1) counts.oneSyllable += 1;
      if (word.length > 6) counts.longWritten += 1;
    }
  }
  return counts;
}

/** Lower bounds of the ease of reading, and the grade that needs it; below the last: a university degree. */
type EaseTable = readonly (readonly [ease: number, grade: number])[];

/** Fernández Huerta 1959, by whose table 90 is the 4th grade, 60 the 7th or 8th, 50 pre-university, 30 college courses. */
const spanishGrades: EaseTable = [
  [90, 4],
  [80, 5],
  [70, 6],
  [60, 8],
  [50, 12],
  [30, 16],
];
/** Flesch 1949, which Kandel and Moles kept when they fitted the formula to French. */
const fleschGrades: EaseTable = [
  [90, 5],
  [80, 6],
  [70, 7],
  [60, 9],
  [50, 12],
  [30, 16],
];

function gradeByEase(ease: number, table: EaseTable): number {
  return table.find(([bound]) => ease >= bound)?.[1] ?? 17;
}

export const formulas: Readonly<
  Record<Measured, { readonly formula: ReadingLevel['formula']; gradeOf(counts: TextCounts): number }>
> = {
  /** Kincaid, Fishburne, Rogers, Chissom 1975 (Navy RBR 8-75). */
  en: {
    formula: 'flesch-kincaid',
    gradeOf: ({ words, sentences, syllables }) =>
      0.39 * (words / sentences) + 11.8 * (syllables / words) - 15.59,
  },
  /** Bamberger, Vanecek 1984, Lesen – Verstehen – Lernen – Schreiben: first formula, in school years. */
  de: {
    formula: 'wiener-sachtextformel-1',
    gradeOf: ({ words, sentences, longSpoken, longWritten, oneSyllable }) =>
      19.35 * (longSpoken / words) +
      0.1672 * (words / sentences) +
      12.97 * (longWritten / words) -
      3.27 * (oneSyllable / words) -
      0.875,
  },
  /** Fernández Huerta 1959, with words a sentence as Law 2011 shows that it was meant. */
  es: {
    formula: 'fernandez-huerta',
    gradeOf: ({ words, sentences, syllables }) =>
      gradeByEase(206.84 - 60 * (syllables / words) - 1.02 * (words / sentences), spanishGrades),
  },
  /** Kandel, Moles 1958, Cahiers d’études de radio-télévision 19. */
  fr: {
    formula: 'kandel-moles',
    gradeOf: ({ words, sentences, syllables }) =>
      gradeByEase(207 - 1.015 * (words / sentences) - 73.6 * (syllables / words), fleschGrades),
  },
};
