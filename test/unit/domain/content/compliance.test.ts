import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  type ComplianceFacts,
  type CompliancePolicy,
  complianceCodes,
  complianceFaults,
  defaultCompliancePolicy,
} from '../../../../src/domain/content/compliance.js';
import { faultsOfCompliance } from '../../../../src/domain/content/policyFaults.js';
import { Faults } from '../../../../src/domain/faults.js';

const title = 'Would a hint help?';
const body = 'Some things take a few tries. If you like, we show you how it works.';
const facts: ComplianceFacts = {
  channel: 'in_app',
  language: 'en',
  detectedLanguage: 'en',
  personalValues: [],
  putBack: [],
};

function codes(
  text: { readonly title?: string; readonly body?: string },
  policy: Partial<CompliancePolicy> = {},
  about: Partial<ComplianceFacts> = {},
): string[] {
  return complianceFaults(
    { title, body, ...text },
    { ...facts, ...about },
    { ...defaultCompliancePolicy, ...policy },
  ).map(({ code }) => code);
}

t.test('lets a plain helpful text pass', async (t) => {
  t.strictSame(codes({}), []);
});

/** Each text is wrong for the one reason, and its near misses for none. */
function refuses(
  code: string,
  cases: {
    readonly policy?: Partial<CompliancePolicy>;
    readonly about?: Partial<ComplianceFacts>;
    readonly wrong: readonly string[];
    readonly right: readonly string[];
  },
): void {
  t.test(`refuses ${code}, and no near miss`, async (t) => {
    for (const text of cases.wrong)
      t.strictSame(codes({ body: text }, cases.policy, cases.about), [code], text);
    for (const text of cases.right) t.strictSame(codes({ body: text }, cases.policy, cases.about), [], text);
  });
}

refuses('banned-phrase', {
  policy: { bannedPhrases: ['free of charge', 'Überraschung'] },
  wrong: [
    'This is free of charge for you.',
    'This is Free-of-Charge for you.',
    'This is f r e e of charge for you.',
    'This is fr\u00e9e of charge for you.',
    'This is ｆｒｅｅ of charge for you.',
    'Eine uberraschung steht bereit.',
    'Eine Ü-b-e-r-raschung steht bereit.',
  ],
  right: ['This is carefree of charge.', 'A free service, of charge nothing.', 'Uberraschungen gibt es oft.'],
});

t.test(
  'finds a banned phrase also behind characters that nobody sees, which are refused as well',
  async (t) => {
    const hidden = 'This is fr\u200bee of\u00a0cha\u00adrge for you.';
    t.strictSame(codes({ body: hidden }, { bannedPhrases: ['free of charge'] }), [
      'unreadable-characters',
      'banned-phrase',
    ]);
  },
);

refuses('mixed-scripts', {
  wrong: ['This is fr\u0435e for you.', 'Your p\u03b1ssword can be set here.'],
  right: ['The letter α stands for alpha.', 'The word Москва is a name.'],
});

refuses('unproven-claim', {
  policy: { claims: ['guaranteed'] },
  wrong: ['It works, guaranteed.', 'It works, Guaran-teed.'],
  right: ['It works, we hope. Nothing is unguaranteed.'],
});

t.test('misses a required phrase on its channels alone', async (t) => {
  const policy = { requiredPhrases: [{ phrase: 'Reply STOP to end', channels: ['sms' as const] }] };
  t.strictSame(codes({}, policy, { channel: 'sms' }), ['missing-phrase']);
  t.strictSame(codes({}, policy, { channel: 'email' }), []);
  t.strictSame(codes({ body: 'A hint waits. Reply stop to end.' }, policy, { channel: 'sms' }), []);
  t.strictSame(codes({ body: 'A hint waits. Reply stop to ending.' }, policy, { channel: 'sms' }), [
    'missing-phrase',
  ]);
});

refuses('link-not-allowed', {
  policy: { allowedLinkHosts: ['help.example'] },
  wrong: [
    'See https://evil.example/login here.',
    'See http://help.example here.',
    'See help.example.evil.example here.',
    'See nothelp.example here.',
    'See evil.example/login here.',
    'See www.evil.example here.',
    'See //evil.example/x here.',
    'See https:\\\\evil.example here.',
    'See evil。example here.',
    'See javascript:alert(1) here.',
    'See münchen.example here.',
    'See evil.zip here.',
    'See report.pdf/download here.',
    'The start.Next you go on.',
  ],
  right: [
    'See help.example here.',
    'See https://help.example/a?b=c#d, please.',
    'See https://docs.help.example:8443/a.',
    'Open report.pdf and data.csv first.',
    'Take version 2.10.3 or later, e.g. the newest.',
    'One thing: this. Another:that. 3.5 is a number.',
    'This is the end. Next comes the start...then more.',
  ],
});

t.test('an address of a machine, or one that hides its host, is also personal', async (t) => {
  const policy = { allowedLinkHosts: ['help.example'] };
  for (const wrong of ['See https://help.example@evil.example here.', 'See 192.0.2.7/login here.'])
    t.strictSame(codes({ body: wrong }, policy), ['link-not-allowed', 'personal-data'], wrong);
});

refuses('personal-data', {
  about: { personalValues: ['Will', 'Zoë Müller', 'u-81724', 'Al'] },
  wrong: [
    'Write to ada@mail.example and ask.',
    'Call +44 20 7946 0958 and ask.',
    'Hello Will, we can help.',
    'Hello WILL, we can help.',
    'Hello zoe muller, we can help.',
    'Your number is U 81724 here.',
  ],
  right: [
    'You will find it, and always know.',
    'Zoë and others can help.',
    'Al is too short a name to tell.',
  ],
});

t.test('leaves alone what was put back on purpose, and nothing else', async (t) => {
  const about = { personalValues: ['Ada', 'Lovelace'], putBack: ['Ada', '+44 20 7946 0958'] };
  t.strictSame(codes({ body: 'Hello Ada, we call +44 20 7946 0958 later.' }, {}, about), []);
  t.strictSame(codes({ body: 'Hello Ada Lovelace, we can help.' }, {}, about), ['personal-data']);
});

t.test('says of personal data what kind it is, never the value', async (t) => {
  const found = complianceFaults(
    { title, body: 'Call +44 20 7946 0958, Zebulon, and ask.' },
    { ...facts, personalValues: ['Zebulon'] },
    defaultCompliancePolicy,
  );
  t.equal(found.length, 2);
  t.notMatch(JSON.stringify(found), /7946|Zebulon/);
});

refuses('shouting', {
  wrong: ['This is IMPORTANT for you.', 'THIS IS FOR YOU now.', 'Das ist WICHTIG für Sie.'],
  right: [
    'Save it as PDF or CSV, over the HTTP API.',
    'NASA and the EU like it.',
    'I am. A, B, C are letters.',
  ],
});

refuses('exclamation', {
  wrong: ['Well done!! Go on.', 'Well done! Go on!', 'Well done！ Go on！', 'Well done‼ Go on.'],
  right: ['Well done! Go on.', 'Is it done?'],
});

for (const [language, kind, wrong, right] of [
  ['en', 'urgency', 'Act now and save it.', 'Act as you like. Now it is saved.'],
  ['en', 'blame', 'It was your fault, so try it.', 'It was no fault of yours, so try it.'],
  ['de', 'urgency', 'Es ist dringend, bitte handeln.', 'Es geht eindringlich und ohne Eile.'],
  ['de', 'blame', 'Daran sind Sie selbst schuld.', 'Daran ist niemand schuld, selbst wir nicht.'],
  ['es', 'urgency', 'Es su Ultima oportunidad hoy.', 'Es una buena oportunidad hoy.'],
  ['es', 'blame', 'Lo ha hecho mal otra vez.', 'Lo ha hecho muy bien.'],
  ['fr', 'urgency', 'Depechez-vous, il reste une place.', 'Prenez votre temps.'],
  ['fr', 'blame', 'C’est votre faute, hélas.', 'Ce n’est la faute de personne.'],
] as const) {
  refuses(kind, { about: { language, detectedLanguage: null }, wrong: [wrong], right: [right] });
}

t.test('wants the language that was asked for, where a detector can tell', async (t) => {
  const wanted = (language: string, detectedLanguage: string | null) =>
    codes({}, {}, { language, detectedLanguage });
  t.strictSame(wanted('de', 'en'), ['wrong-language']);
  t.strictSame(wanted('en-GB', 'en'), []);
  t.strictSame(wanted('EN_us', 'en'), []);
  t.strictSame(wanted('nb', 'no'), []);
  t.strictSame(wanted('de', null), []);
});

t.test('measures how hard a text is to read', async (t) => {
  const hard =
    'Notwithstanding the aforementioned considerations, the organisational representatives responsible for administrative reorganisation necessarily anticipate considerable international complications regarding contemporary interoperability and documentation.';
  t.strictSame(codes({ body: hard }), ['reading-level']);
  t.strictSame(codes({ body: hard }, { maxReadingGrade: null }), []);
  t.strictSame(codes({ body: 'International reorganisation.' }), [], 'too short to be measured');
});

refuses('markup', {
  wrong: [
    'Press <b>here</b> now.',
    'Press <script>alert(1)</script> now.',
    'Press <img src=x now.',
    'Ham &amp; eggs.',
    'Read [this](that) now.',
    'This is **bold** text.',
    '# Heading\nand text.',
  ],
  right: [
    '3 < 4 and 5 > 4.',
    'Ham & eggs; tea & milk.',
    'Choose Settings > Privacy.',
    'Item #1 and [brackets] stay.',
  ],
});

refuses('placeholder', {
  wrong: [
    'Hello {{ name }}.',
    'Hello {name}.',
    'Hello %s.',
    'Hello $'.concat('{name}.'),
    'Hello [Your Name].',
    'Hello [name].',
    'Open [omitted] again.',
    'See [redacted].',
    'Call [IBAN].',
    'Hello [object Object].',
    'Hello undefined.',
    'Lorem ipsum dolor.',
    'sealed:v1:abc',
  ],
  right: ['50% sure, 50%discount.', 'It costs $5 or {a bit} more.', 'Press [Save].', 'Da sind null Fehler.'],
});

refuses('unreadable-characters', {
  wrong: [
    'a\u202etxt.exe\u202c b',
    'zero\u200bwidth',
    'nul\u0000byte',
    'tab\there',
    '\ud800 lone',
    'Z̷̢̛̳o',
    'soft\u00adhyphen',
  ],
  right: ['Two\nlines.', 'No break\u00a0here.', 'A 👩‍💻 and a 👍🏽.', 'می‌خواهم', 'Ärger naïve ệ'],
});

t.test('a title has one line', async (t) => {
  t.strictSame(codes({ title: 'One\ntwo' }), ['unreadable-characters']);
});

t.test('counts characters by channel, and segments of an SMS', async (t) => {
  t.strictSame(codes({ title: ' ', body: '' }), ['empty']);
  t.strictSame(codes({ title: 'ä'.repeat(80) }), []);
  t.strictSame(codes({ title: 'ä'.repeat(81) }), ['too-long']);
  t.strictSame(codes({ body: '🙂'.repeat(400) }), []);
  t.strictSame(codes({ body: 'a'.repeat(401) }), ['too-long']);
  t.strictSame(codes({ body: 'a'.repeat(401) }, {}, { channel: 'email' }), []);
  const sms = (text: string) => codes({ title: 'T', body: text }, {}, { channel: 'sms' });
  t.strictSame(sms('a'.repeat(3 * 153 - 2)), []);
  t.strictSame(sms('a'.repeat(3 * 153 - 1)), ['too-long']);
  t.strictSame(sms(`ł${'a'.repeat(3 * 67 - 3)}`), []);
  t.strictSame(sms(`ł${'a'.repeat(3 * 67 - 2)}`), ['too-long']);
  const sent = (sentBody: string) => codes({ title: 'T', body: 'a' }, {}, { channel: 'sms', sentBody });
  t.strictSame(sent('a'.repeat(3 * 153 - 2)), []);
  t.strictSame(sent('a'.repeat(3 * 153 - 1)), ['too-long'], 'with its links as they are sent');
});

t.test('says everything that is wrong with a policy, and quotes none of it', async (t) => {
  const faultsOf = (policy: Partial<CompliancePolicy>) => {
    const faults = new Faults();
    faultsOfCompliance(faults, 'compliance', { ...defaultCompliancePolicy, ...policy });
    return faults.found;
  };
  t.strictSame(faultsOf({}), []);
  t.strictSame(faultsOf({ allowedLinkHosts: ['help.example', 'xn--mnchen-3ya.example'] }), []);
  const found = faultsOf({
    bannedPhrases: ['--', 'call +44 20 7946 0958'],
    requiredPhrases: [{ phrase: 'Stop', channels: [] }],
    claims: Array.from({ length: 201 }, (_, index) => `claim ${index}`),
    allowedLinkHosts: ['https://help.example', 'help.example/path', 'Help.example'],
    maxLength: { ...defaultCompliancePolicy.maxLength, sms: { title: 0, body: 11 } },
    maxReadingGrade: 0,
  });
  t.strictSame(
    found.map(({ path }) => path),
    [
      'compliance.bannedPhrases.0',
      'compliance.bannedPhrases.1',
      'compliance.claims',
      'compliance.requiredPhrases.0.channels',
      'compliance.allowedLinkHosts.0',
      'compliance.allowedLinkHosts.1',
      'compliance.allowedLinkHosts.2',
      'compliance.maxLength.sms.title',
      'compliance.maxLength.sms.body',
      'compliance.maxReadingGrade',
    ],
  );
  t.notMatch(JSON.stringify(found), /7946/);
});

t.test('takes time in proportion to the text, whatever it holds', async (t) => {
  const policy = { bannedPhrases: ['aab'], allowedLinkHosts: ['a.example'] };
  for (const part of ['a', 'a.', '-a', 'a ', '<', '{', '[a', '1.', '\u0301', 'A ', 'h:', '//', '@', 'é']) {
    t.ok(codes({ body: part.repeat(20_000 / part.length) }, policy).includes('too-long'), part);
  }
});

t.test('every code is documented', async (t) => {
  const page = readFileSync('docs/content.md', 'utf8');
  t.strictSame(
    complianceCodes.filter((code) => !page.includes(`\`${code}\``)),
    [],
  );
});
