import t from 'tap';
import { z } from 'zod';
import { type Severity, type SignalType, severities, signalTypes } from '../../src/domain/journey/events.js';
import { builtInTemplates } from '../../src/integrations/templates/builtInTemplates.js';
import { templateTextGenerator } from '../../src/integrations/templates/templateTextGenerator.js';
import { help, hostileFeatureIds, never, textGeneratorContract } from './textGenerator.js';

await textGeneratorContract(t, templateTextGenerator);

const composed = z.object({
  language: z.string(),
  title: z.string(),
  body: z.string(),
  author: z.object({ kind: z.literal('template'), name: z.string(), version: z.number().min(1) }),
});

interface About {
  readonly signalType?: SignalType;
  readonly severity?: Severity;
  readonly featureId?: string;
  readonly languages?: readonly string[];
}

async function textFor(about: About): Promise<z.infer<typeof composed>> {
  const brief = { ...help.subject.brief, ...about };
  const request = { ...help, subject: { ...help.subject, brief } };
  return composed.parse((await templateTextGenerator.generate(request, never())).toolCalls[0]?.input);
}

const ordinary = ['Export report', 'export_report', 'problem-17', 'unknown', 'x'];

for (const language of builtInTemplates.languages) {
  t.test(`fit to be shown, for every signal and severity, in ${language}`, async (t) => {
    const faults: unknown[] = [];
    for (const signalType of signalTypes) {
      for (const severity of severities) {
        for (const featureId of [...ordinary, ...hostileFeatureIds]) {
          const text = await textFor({ signalType, severity, featureId, languages: [language] });
          const reason = faultOf(text, language);
          if (reason !== undefined) faults.push({ signalType, severity, featureId, reason, text });
        }
      }
    }
    t.strictSame(faults, []);
  });
}

function faultOf({ language, title, body }: z.infer<typeof composed>, wanted: string): string | undefined {
  if (language !== wanted) return 'another language';
  if (title.trim().length === 0 || body.trim().length === 0) return 'empty';
  if (title.length > 80 || body.length > 400) return 'too long';
  const shown = `${title} ${body}`;
  if (/[<>{}$%]|undefined|null|NaN|\[object/.test(shown)) return 'markup or a placeholder';
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(shown)) return 'invisible characters';
  if (/:\/\/|\.example|www\./.test(shown)) return 'an address';
  return undefined;
}

t.test('speaks the first of the languages asked for that it knows, else English', async (t) => {
  const spoken = async (...languages: string[]) => (await textFor({ languages })).language;
  t.equal(await spoken(), 'en');
  t.equal(await spoken('tlh', ''), 'en');
  for (const language of builtInTemplates.languages) {
    t.equal(await spoken('tlh', language), language);
    t.equal(await spoken(`${language}-XX`, 'en'), language);
    t.equal(await spoken(`${language.toUpperCase()}_XX`), language);
  }
});

t.test('names a feature that has a readable name, and no other', async (t) => {
  const bodyFor = async (featureId: string) =>
    (await textFor({ signalType: 'repeated_attempts', featureId })).body;
  t.match(await bodyFor('export_report'), 'a hint with “export report”,');
  t.match(await bodyFor('exportReport'), 'a hint with “export report”,');
  t.match(await bodyFor('Lesson 3'), 'a hint with “Lesson 3”,');
  t.match(await bodyFor('Überweisung'), 'a hint with “Überweisung”,');
  for (const machine of ['problem-17', 'unknown', '#main > .btn', '3f9a2c', 'https://a.example/x', 'a.b.c']) {
    t.match(await bodyFor(machine), 'a hint here,', machine);
  }
});

t.test('says which text was shown, and differs by signal and tone', async (t) => {
  const texts = [];
  for (const signalType of signalTypes)
    for (const severity of ['low', 'critical'] as const)
      texts.push(await textFor({ signalType, severity, featureId: 'x' }));
  t.equal(new Set(texts.map(({ body }) => body)).size, texts.length);
  t.equal(new Set(texts.map(({ author }) => author.name)).size, texts.length);
  t.equal(texts[0]?.author.name, 'repeated_attempts.gentle.en');
});
