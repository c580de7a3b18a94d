import t from 'tap';
import type { CheckedFor } from '../../../../src/commands/help/compliance.js';
import { rememberedChecks } from '../../../../src/commands/help/rememberedChecks.js';
import { defaultCompliancePolicy } from '../../../../src/domain/content/compliance.js';

const text = { title: 'Need a hand, Ada?', body: 'You can press Save first.' };
const policy = defaultCompliancePolicy;
const click = (url: string) => url;
const about: CheckedFor = {
  ...{ channel: 'in_app', language: 'en', personalValues: [], putBack: [], policy, click },
};

t.test('the same text is checked once, and anew whatever else is different', async (t) => {
  let checked = 0;
  const check = rememberedChecks(async () => {
    checked += 1;
    return [{ code: 'too-long', detail: `${checked}` }];
  });
  const answers = new Set([await check(text, about), await check({ ...text }, { ...about })]);
  t.equal(answers.size, 1);
  t.equal(checked, 1);
  const others: readonly [typeof text, CheckedFor][] = [
    [{ ...text, body: 'Another.' }, about],
    [{ ...text, title: 'Another?' }, about],
    [text, { ...about, channel: 'email' }],
    [text, { ...about, language: 'de' }],
    [text, { ...about, policy: { ...policy } }],
  ];
  for (const [other, otherAbout] of others) await check(other, otherAbout);
  t.equal(checked, 1 + others.length);
});

t.test('a text message is checked anew where its links are longer, and only there', async (t) => {
  let checked = 0;
  const check = rememberedChecks(async () => {
    checked += 1;
    return [];
  });
  const linked = { ...text, body: 'You can press Save: https://shop.example/save' };
  const clicks = ['https://w.example/one', 'https://w.example/two', 'https://w.example/three'];
  for (const link of clicks) await check(linked, { ...about, channel: 'sms', click: () => link });
  t.equal(checked, 2);
});

t.test('what holds or depends on personal values is checked each time', async (t) => {
  for (const each of [
    { ...about, putBack: ['ada'] },
    { ...about, personalValues: ['lovelace'] },
  ]) {
    let checked = 0;
    const check = rememberedChecks(async () => {
      checked += 1;
      return [];
    });
    await check(text, each);
    await check(text, each);
    t.equal(checked, 2);
  }
});
