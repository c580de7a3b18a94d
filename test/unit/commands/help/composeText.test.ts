import t from 'tap';
import { composeText, type HelpBrief } from '../../../../src/commands/help/composeText.js';
import { complianceFaults, defaultCompliancePolicy } from '../../../../src/domain/content/compliance.js';
import { readingLevel } from '../../../../src/domain/content/readingLevel.js';
import { severities } from '../../../../src/domain/journey/events.js';
import type { StrategyContent } from '../../../../src/domain/strategy/definition.js';
import {
  builtInTemplateIds,
  builtInTemplates,
} from '../../../../src/integrations/templates/builtInTemplates.js';
import { renderTemplate } from '../../../../src/integrations/templates/liquidTemplates.js';
import { hostileFeatureIds } from '../../../contracts/textGenerator.js';

const compose = composeText({ builtIn: builtInTemplates, render: renderTemplate });
const brief: HelpBrief = {
  strategyId: 'welcome',
  strategyVersion: 3,
  signalType: 'repeated_attempts',
  severity: 'low',
  featureId: 'export_report',
  languages: ['en'],
  tone: null,
  complexity: 'detailed',
  ageGroup: null,
  channel: 'in_app',
  variables: {},
};
const content: StrategyContent = { brief: 'Help.', template: null, tone: null, useModel: false };
const own = (templates: StrategyContent['templates']): StrategyContent => ({ ...content, templates });
const written = (language: string) => ({ title: `T ${language}`, body: `B ${language}` });

t.test('every built-in text keeps the default policy, in each tone, complexity and language', async (t) => {
  const faults: unknown[] = [];
  for (const template of builtInTemplateIds) {
    for (const language of builtInTemplates.languages) {
      for (const severity of severities) {
        for (const complexity of ['simple', 'detailed'] as const) {
          for (const featureId of ['Export report', null, ...hostileFeatureIds]) {
            const asked = {
              ...brief,
              signalType: null,
              severity,
              complexity,
              featureId,
              languages: [language],
            };
            const text = await compose(asked, { ...content, template });
            if (text === null) throw new Error('nothing was written');
            const facts = {
              channel: 'push',
              language,
              detectedLanguage: null,
              personalValues: [],
              putBack: [],
            } as const;
            const found = complianceFaults(text, facts, defaultCompliancePolicy);
            if (found.length > 0) faults.push({ template, language, featureId, found, text });
          }
        }
      }
    }
  }
  t.strictSame(faults, []);
});

t.test('speaks simply where it is asked to, and says so in the name', async (t) => {
  for (const language of builtInTemplates.languages) {
    const written = (complexity: 'simple' | 'detailed') =>
      compose({ ...brief, severity: 'high', complexity, languages: [language] }, content);
    const simple = await written('simple');
    const detailed = await written('detailed');
    t.ok((simple?.body.length ?? 0) < (detailed?.body.length ?? 0), language);
    t.equal(simple?.author.name, `repeated_attempts.direct.simple.${language}`);
    t.equal(detailed?.author.name, `repeated_attempts.direct.${language}`);
    t.ok((readingLevel(detailed?.body ?? '', language)?.grade ?? 99) <= 10, `${language} can be read`);
  }
});

t.test('takes the strategy’s own template in the first language of the chain that has one', async (t) => {
  const spoken = async (languages: readonly string[], ...tags: string[]) => {
    const templates = Object.fromEntries(tags.map((tag) => [tag, written(tag)]));
    return (await compose({ ...brief, languages }, own(templates)))?.title;
  };
  t.equal(await spoken(['de-CH', 'fr'], 'en', 'fr', 'de'), 'T de');
  t.equal(await spoken(['de-CH', 'fr'], 'en', 'fr', 'de-CH', 'de'), 'T de-CH');
  t.equal(await spoken(['PT_br'], 'en', 'pt-BR'), 'T pt-BR');
  t.equal(await spoken(['pt-BR'], 'en', 'pt-PT'), 'T en');
  t.equal(await spoken(['zh-Hant-x-private', 'de'], 'zh-Hant'), 'T zh-Hant');
  t.equal(await spoken(['', '../../de', 'de'.repeat(40)], 'de', 'en'), 'T en');
  t.equal(await spoken(['ja'], 'it'), 'Would a hint help?', 'the built-in one, where no own one is spoken');
  t.match(await compose({ ...brief, languages: ['it'] }, own({ it: written('it') })), {
    language: 'it',
    author: { kind: 'template', name: 'welcome.it', version: 3 },
  });
});

t.test('takes the built-in text where the own one asks for what is not known', async (t) => {
  const named = own({ en: { title: 'Hi {{ name }}', body: 'You tried {{ attempts }} times {{ where }}.' } });
  const titled = async (variables: HelpBrief['variables']) =>
    (await compose({ ...brief, variables }, named))?.title;
  t.equal(await titled({ name: 'Zoë', attempts: 3 }), 'Hi Zoë');
  t.equal(await titled({ attempts: 3 }), 'Would a hint help?');
  for (const hostile of [
    '{{ tone }}',
    '<b>Zoë</b>',
    'evil.example',
    'Zoë, visit https://evil.example',
    '+44 20 7946 0958',
    'Zoë\nX',
    'a\u202eb',
    '',
    ' ',
    'Z̷̢̛̳̺o',
    'x'.repeat(61),
  ]) {
    t.equal(await titled({ name: hostile, attempts: 3 }), 'Would a hint help?', JSON.stringify(hostile));
  }
  t.equal(await titled({ name: 'Zoë', attempts: Number.NaN }), 'Would a hint help?');
  t.equal(await titled({ name: 'Zoë', attempts: 3, where: 'elsewhere', more: 'x' }), 'Hi Zoë');
});

t.test('finds built-in texts by topic or by topic and tone; tone by wish, content, severity', async (t) => {
  const named = async (about: Partial<HelpBrief>, of: Partial<StrategyContent>) =>
    (await compose({ ...brief, ...about }, { ...content, ...of }))?.author.name;
  t.equal(await named({}, {}), 'repeated_attempts.gentle.en');
  t.equal(await named({ severity: 'critical' }, {}), 'repeated_attempts.direct.en');
  t.equal(await named({ severity: 'critical' }, { tone: 'gentle' }), 'repeated_attempts.gentle.en');
  t.equal(await named({ tone: 'direct' }, { tone: 'gentle' }), 'repeated_attempts.direct.en');
  t.equal(await named({}, { template: 'abandonment' }), 'abandonment.gentle.en');
  t.equal(await named({}, { template: 'abandonment.direct' }), 'abandonment.direct.en');
  t.equal(await named({}, { template: 'nothing' }), 'repeated_attempts.gentle.en');
  t.equal(await named({}, { template: 'constructor' }), 'repeated_attempts.gentle.en');
  t.equal(await named({ signalType: null, severity: null }, {}), 'general.gentle.en');
});

t.test('leaves no gaps of conditions in a text', async (t) => {
  const source = {
    title: ' A\n\tB ',
    body: '\n{% if name %}\nHi\n{% endif %}\n\n\n\nOne  {{ where }}.\n \n',
  };
  t.match(await compose(brief, own({ en: source })), {
    title: 'A B',
    body: 'One with “export report”.',
  });
});
