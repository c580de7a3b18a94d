import t from 'tap';
import type { HelpBrief } from '../../../../src/commands/help/composeText.js';
import { rememberedTexts } from '../../../../src/commands/help/rememberedTexts.js';
import type { StrategyContent } from '../../../../src/domain/strategy/definition.js';

const brief: HelpBrief = {
  ...{ strategyId: 'first-help', strategyVersion: 1, signalType: 'error_pattern', severity: 'low' },
  ...{ featureId: 'export', languages: ['en'], tone: null, complexity: 'detailed', ageGroup: null },
  ...{ channel: 'in_app', variables: {} },
};
const content: StrategyContent = { brief: 'Help.', template: null, tone: null, useModel: true };

function counted() {
  let composed = 0;
  const compose = rememberedTexts(async ({ featureId }) => {
    composed += 1;
    const author = { kind: 'template', name: 'general', version: 1 } as const;
    return featureId === null ? null : { language: 'en', title: `Text ${composed}`, body: 'Body.', author };
  });
  return { compose, composed: () => composed };
}

t.test('what many are told is composed once, and anew whatever else is different', async (t) => {
  const { compose, composed } = counted();
  const first = await compose(brief, content);
  t.equal(await compose({ ...brief }, { ...content }), first);
  const odd = ['en', 'no language at all '.repeat(1000)];
  t.equal(
    await compose({ ...brief, languages: odd }, content),
    first,
    'what is no language makes no difference',
  );
  t.equal(composed(), 1);
  const others: readonly [HelpBrief, StrategyContent][] = [
    [{ ...brief, featureId: 'import' }, content],
    [{ ...brief, severity: 'high' }, content],
    [{ ...brief, languages: ['de', 'en'] }, content],
    [brief, { ...content, tone: 'direct' }],
    [brief, { ...content, template: 'rage_clicks' }],
  ];
  for (const [otherBrief, otherContent] of others) await compose(otherBrief, otherContent);
  t.equal(composed(), 1 + others.length);
});

t.test('that there is nothing to say is remembered as well', async (t) => {
  const { compose, composed } = counted();
  for (let time = 0; time < 2; time += 1)
    t.equal(await compose({ ...brief, featureId: null }, content), null);
  t.equal(composed(), 1);
});

t.test('what names the person, and what the tenant words, is composed each time', async (t) => {
  const own = { ...content, templates: { en: { title: 'T', body: 'B' } } };
  const named = { ...brief, variables: { name: 'Ada' } };
  for (const [about, worded] of [[named, content] as const, [brief, own] as const]) {
    const { compose, composed } = counted();
    await compose(about, worded);
    await compose(about, worded);
    t.equal(composed(), 2);
  }
});
