import type { Test } from 'tap';
import { type TextGenerator, textLimits } from '../../src/commands/textGenerator.js';
import { severities, signalTypes } from '../../src/domain/journey/events.js';

const ordinary = ['Export report', 'export_report', 'problem-17', 'unknown', 'x'];

/** Ids that a client could send to have its own markup, placeholders or invisible characters shown to a person. */
export const hostileFeatureIds = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '{{feature}} %s {0} $1',
  'click https://evil.example now',
  'evil.example/login',
  'a\u202Etxt.exe\u202C',
  'zero\u200Bwidth',
  'nul\u0000byte',
  'line\nbreak\r\ttab',
  '\ud800 lone surrogate',
  '__proto__',
  'constructor',
  'Z̷̢̛̳̺͔̫͙͖̽a̷̡̛͎̲̼l̴g̵o',
  'A'.repeat(200),
  '"quoted" «name» “twice”',
];

/** What every text generator promises. `languages` are those it claims to speak. */
export async function textGeneratorContract(
  t: Test,
  generator: TextGenerator,
  languages: readonly string[],
): Promise<void> {
  for (const language of languages) {
    await t.test(`fit to be shown, for every signal and severity, in ${language}`, async (t) => {
      const faults: unknown[] = [];
      for (const signalType of signalTypes) {
        for (const severity of severities) {
          for (const featureId of [...ordinary, ...hostileFeatureIds]) {
            const text = await generator.generate({ signalType, severity, featureId, languages: [language] });
            const reason = faultOf(text, language);
            if (reason !== undefined) faults.push({ signalType, severity, featureId, reason, text });
          }
        }
      }
      t.strictSame(faults, []);
    });
  }

  await t.test('speaks the first of the languages asked for that it knows, else English', async (t) => {
    const spoken = async (...asked: string[]) =>
      (
        await generator.generate({
          signalType: 'help_seeking',
          severity: 'low',
          featureId: 'search',
          languages: asked,
        })
      )?.language;
    t.equal(await spoken(), 'en');
    t.equal(await spoken('tlh', ''), 'en');
    for (const language of languages) {
      t.equal(await spoken('tlh', language), language);
      t.equal(await spoken(`${language}-XX`, 'en'), language);
      t.equal(await spoken(`${language.toUpperCase()}_XX`), language);
    }
  });
}

type Text = Awaited<ReturnType<TextGenerator['generate']>>;

function faultOf(text: Text, language: string): string | undefined {
  if (text === null) return 'nothing written';
  if (text.language !== language) return 'another language';
  if (text.title.trim().length === 0 || text.body.trim().length === 0) return 'empty';
  if (text.title.length > textLimits.title || text.body.length > textLimits.body) return 'too long';
  if (text.author.version < 1) return 'no version';
  const shown = `${text.title} ${text.body}`;
  if (/[<>{}$%]|undefined|null|NaN|\[object/.test(shown)) return 'markup or a placeholder';
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(shown)) return 'invisible characters';
  if (/:\/\/|\.example|www\./.test(shown)) return 'an address';
  return undefined;
}
