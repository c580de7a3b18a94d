import t from 'tap';
import { signalTypes } from '../../src/domain/journey/events.js';
import { builtInTemplates } from '../../src/integrations/templates/builtInTemplates.js';
import { templateTextGenerator } from '../../src/integrations/templates/templateTextGenerator.js';
import { textGeneratorContract } from './textGenerator.js';

await textGeneratorContract(t, templateTextGenerator, builtInTemplates.languages);

t.test('names a feature that has a readable name, and no other', async (t) => {
  const bodyFor = async (featureId: string) =>
    (
      await templateTextGenerator.generate({
        signalType: 'repeated_attempts',
        severity: 'low',
        featureId,
        languages: ['en'],
      })
    )?.body;
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
  for (const signalType of signalTypes) {
    for (const severity of ['low', 'critical'] as const) {
      texts.push(
        await templateTextGenerator.generate({ signalType, severity, featureId: 'x', languages: [] }),
      );
    }
  }
  t.equal(new Set(texts.map((text) => text?.body)).size, texts.length);
  t.equal(new Set(texts.map((text) => text?.author.name)).size, texts.length);
  t.equal(texts[0]?.author.name, 'repeated_attempts.gentle.en');
});
