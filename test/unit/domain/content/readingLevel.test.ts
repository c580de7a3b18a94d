import t from 'tap';
import { countText, formulas, readingLevel } from '../../../../src/domain/content/readingLevel.js';
import { smsSize } from '../../../../src/domain/content/smsSegments.js';
import { syllableCounts } from '../../../../src/domain/content/syllables.js';

/** Counted by hand, as dictionaries part them. */
const counted: Readonly<Record<keyof typeof syllableCounts, string>> = {
  en: 'the1 cat1 table2 people2 hidden2 needed2 helped1 handled2 killed1 files1 pages2 changes2 makes1 statement2 hopeful2 safely2 idea3 area3 create2 science2 quiet2 nation2 special2 reading2 museum3 video3 radio3 rhythm2 platypus3 mammal2 reptilian3 creature2 hybrid2',
  de: 'Hinweis2 Fehler2 Schritt1 Theater3 Funktion3 Überweisung4 Auge2 bauen2 ruhig2 investiert3 Abschluss2 passieren3 Zeit1 Quelle2 neuer2 sehen2 Idee2 Nation3 weiterzukommen5',
  es: 'ayudaría5 pista2 intentos3 ciudad2 país2 aire2 europeo4 leer2 suave2 muy1 rey1 reyes2 día2 vio1 búho2 limpiáis2 aquí2 guerra2 pingüino3 quiere2 esfuerzo3 ahora3 construir2 vergüenza3 errores3 cualquiera3 despacio3 y1 estudiáis3 oía3 caída3 seguir2',
  fr: 'indice2 souci2 erreurs2 aide1 nation2 théâtre2 créer2 travail2 bouteille2 soleil2 étudiant3 joyeux2 oiseau2 huit1 société3 poésie3 pièce1 continuer3 vous1 reprend2 étape2 désolés3 quelque1 chose1 beaucoup2 répondre2 page1 maïs2 année2 idéal3',
};

for (const [language, list] of Object.entries(counted)) {
  t.test(`counts syllables in ${language}`, async (t) => {
    const count = syllableCounts[language as keyof typeof syllableCounts];
    for (const entry of list.split(' ')) {
      const [, word = '', syllables] = /^(\D+)(\d)$/.exec(entry) ?? [];
      t.equal(count(word.toLowerCase()), Number(syllables), word);
    }
  });
}

/** The examples of Wikipedia's article on the Flesch–Kincaid readability tests. */
t.test('counts and grades the published English examples as published', async (t) => {
  const grade = (text: string) => {
    const counts = countText(text, 'en', syllableCounts.en);
    return { syllables: counts.syllables, grade: Math.round(formulas.en.gradeOf(counts) * 10) / 10 };
  };
  t.strictSame(grade('The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.'), {
    syllables: 24,
    grade: 11.3,
  });
  t.strictSame(grade('The cat sat on the mat.'), { syllables: 6, grade: -1.4 });
  t.strictSame(
    grade('This sentence, taken as a reading passage unto itself, is being used to prove a point.'),
    { syllables: 23, grade: 7.6 },
  );
});

/** 100 words in 5 sentences, of 150, 190 and 220 syllables: worked out on paper from the published formulas. */
t.test('follows the published formulas and tables', async (t) => {
  const counts = (syllables: number) => ({
    words: 100,
    sentences: 5,
    syllables,
    longSpoken: 20,
    longWritten: 30,
    oneSyllable: 50,
  });
  // 20 × 0.1935 + 20 × 0.1672 + 30 × 0.1297 − 50 × 0.0327 − 0.875
  t.ok(Math.abs(formulas.de.gradeOf(counts(190)) - 8.595) < 1e-9);
  // 206.84 − 60 × 1.5 − 1.02 × 20 = 96.44; with 1.9 it is 72.44, with 2.2 54.44
  t.strictSame(
    [150, 190, 220].map((syllables) => formulas.es.gradeOf(counts(syllables))),
    [4, 6, 12],
  );
  // 207 − 1.015 × 20 − 73.6 × 1.5 = 76.3; with 1.9 it is 46.86, with 2.6 −4.66
  t.strictSame(
    [150, 190, 260].map((syllables) => formulas.fr.gradeOf(counts(syllables))),
    [7, 16, 17],
  );
});

t.test('measures nothing in languages without a formula, or in a few words', async (t) => {
  const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ');
  t.equal(readingLevel(words(19), 'en'), null);
  t.match(readingLevel(words(20), 'en'), { formula: 'flesch-kincaid', words: 20 });
  t.equal(readingLevel(words(20), 'it'), null);
  t.equal(readingLevel(words(20), 'constructor'), null);
});

t.test('sizes an SMS as the network does', async (t) => {
  t.strictSame(smsSize('a'.repeat(160)), { encoding: 'gsm-7', units: 160, segments: 1 });
  t.strictSame(smsSize('a'.repeat(161)), { encoding: 'gsm-7', units: 161, segments: 2 });
  t.strictSame(smsSize('€'.repeat(80)), { encoding: 'gsm-7', units: 160, segments: 1 });
  // 76 euro signs take 152 septets: the 77th is not split between the parts.
  t.strictSame(smsSize('€'.repeat(153)), { encoding: 'gsm-7', units: 306, segments: 3 });
  t.strictSame(smsSize('ñ'.repeat(160)), { encoding: 'gsm-7', units: 160, segments: 1 });
  t.strictSame(smsSize('ç'.repeat(70)), { encoding: 'ucs-2', units: 70, segments: 1 });
  t.strictSame(smsSize('🙂'.repeat(35)), { encoding: 'ucs-2', units: 70, segments: 1 });
  t.strictSame(smsSize('🙂'.repeat(67)), { encoding: 'ucs-2', units: 134, segments: 3 });
});
