import t from 'tap';
import { type CheckedFor, checkText } from '../../../../src/commands/help/compliance.js';
import { defaultCompliancePolicy } from '../../../../src/domain/content/compliance.js';
import { eldLanguageDetector } from '../../../../src/integrations/language/eldLanguageDetector.js';

const text = { title: 'Would a hint help?', body: 'Some things take a few tries. We show you how it works.' };
const about: CheckedFor = {
  channel: 'in_app',
  language: 'en',
  personalValues: [],
  putBack: [],
  policy: defaultCompliancePolicy,
  click: (url) => url,
};
const detectLanguage = eldLanguageDetector();

t.test('knows the language of a text, and says nothing of what it cannot tell', async (t) => {
  for (const [language, sample] of [
    ['en', 'Some things take a few tries. If you would like a hint here, we are glad to give one.'],
    ['de', 'Manches braucht ein paar Anläufe. Wenn Sie hier einen Hinweis möchten, geben wir ihn gern.'],
    ['es', 'Algunas cosas necesitan varios intentos. Si quiere una pista aquí, se la damos con gusto.'],
    ['fr', 'Certaines choses demandent plusieurs essais. Si vous souhaitez un coup de pouce, le voici.'],
    ['it', 'Alcune cose richiedono più tentativi. Se desidera un suggerimento, glielo diamo volentieri.'],
  ] as const) {
    t.equal(await detectLanguage(sample), language);
  }
  for (const unclear of [
    '',
    'Export PDF',
    'Ok, taxi.',
    '12345678901234567890',
    'xqz xqz xqzzq zzxq qxzqx qzx',
  ]) {
    t.equal(await detectLanguage(unclear), null, unclear);
  }
});

t.test('refuses a text in another language than the one wanted', async (t) => {
  const check = checkText(detectLanguage);
  t.strictSame(await check(text, about), []);
  t.match(await check(text, { ...about, language: 'de-AT' }), [{ code: 'wrong-language' }]);
});

t.test('goes by the rules alone where the detector fails', async (t) => {
  const check = checkText(() => Promise.reject(new Error('broken')));
  t.strictSame(await check(text, { ...about, language: 'de' }), []);
  t.match(await check({ ...text, title: 'Hurry up' }, about), [{ code: 'urgency' }]);
});
