import t from 'tap';
import type { CheckedFor } from '../../../../src/commands/help/compliance.js';
import { fromTemplates } from '../../../../src/commands/help/fromTemplates.js';
import { defaultCompliancePolicy } from '../../../../src/domain/content/compliance.js';
import { templateTextGenerator } from '../../../../src/integrations/templates/templateTextGenerator.js';
import { help } from '../../../contracts/textGenerator.js';

const checkedFor: CheckedFor = {
  ...{ channel: 'in_app', language: 'en', personalValues: [], putBack: [], click: (url) => url },
  policy: defaultCompliancePolicy,
};
const { brief, content } = help.subject;
const templates = { en: { title: 'Hello {{ name }}', body: 'You can press Save first.' } };

t.test('what was refused is not refused again in the same words', async (t) => {
  const refusing = {
    templates: templateTextGenerator,
    check: async () => [{ code: 'missing-phrase', detail: 'Say it.' }],
  };
  const named = { ...brief, variables: { name: 'Ada' } };
  const both = await fromTemplates(refusing, { ...content, templates }, named, checkedFor);
  t.equal(both.text, null);
  t.match(both.refused, [{ author: { name: 'first-help.en' } }, { author: { name: /^help_seeking/ } }]);
  const unnamed = await fromTemplates(refusing, { ...content, templates }, brief, checkedFor);
  t.match(unnamed.refused, [{ author: { name: /^help_seeking/ } }], 'both are the built-in one');
  t.equal(unnamed.refused.length, 1);
  const own = {
    language: 'en',
    title: 'Hello Ada',
    body: 'You can press Save first.',
    author: { kind: 'template', name: 'first-help.en', version: 1 },
  } as const;
  const known = await fromTemplates(refusing, { ...content, templates }, named, checkedFor, own);
  t.strictSame(
    known.refused.map(({ author }) => author.name),
    both.refused.slice(1).map(({ author }) => author.name),
  );
});
