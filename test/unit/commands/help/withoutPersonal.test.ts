import t from 'tap';
import { hidePersonal } from '../../../../src/commands/help/withoutPersonal.js';

const personal = [
  { trait: null, value: 'user-81' },
  { trait: 'firstName', value: 'Zoë' },
  { trait: 'name', value: 'Zoë van Dyk' },
  { trait: 'city', value: 'Nottingham' },
  { trait: 'pet', value: 'Rex' },
  { trait: 'team', value: 'Q' },
  { trait: 'plan', value: 'Gold.Plus (2)' },
  { trait: 'called', value: '王芳' },
];
const shownTraits = ['plan'];
const standIn = 'Personname';

t.test('leaves out what is known of the person, however it is written', async (t) => {
  const hide = hidePersonal({ personal, shownTraits, name: { value: 'Zoë', standIn } });
  const shown: Record<string, string> = {
    'board of ZOË': 'board of Personname',
    'from zoë-VAN_dyk': 'from [omitted]',
    'USER.81 opened it': '[omitted] opened it',
    'my nottinghamMap': 'my [omitted]Map',
    'rex, Rexroth and T-rex': '[omitted], Rexroth and T-[omitted]',
    'Mrs Dyk asked': 'Mrs [omitted] asked',
    'Q stays': 'Q stays',
    'ask Zoe\u0308': 'ask Personname',
    ＮＯＴＴＩＮＧＨＡＭ: '[omitted]',
    我是王芳的班级: '我是[omitted]的班级',
    'call +44 20 7946 0958': 'call [phone]',
    'Gold.Plus (2)': 'Gold.Plus (2)',
    '$& $1 stays': '$& $1 stays',
  };
  for (const [text, expected] of Object.entries(shown)) t.equal(hide(text), expected);
});

t.test('a name without a stand-in is left out, and nothing known leaves texts as they are', async (t) => {
  t.equal(hidePersonal({ personal, shownTraits, name: null })('hello Zoë'), 'hello [omitted]');
  t.equal(hidePersonal({ personal: [], shownTraits: [], name: null })('hello Zoë'), 'hello Zoë');
});

t.test('a whole name has the stand-in, and its parts alone are left out', async (t) => {
  const whole = [{ trait: 'name', value: 'Grace Hopper' }];
  const hide = hidePersonal({ personal: whole, shownTraits, name: { value: 'Grace Hopper', standIn } });
  t.equal(hide('for grace_hopper, from Grace'), 'for Personname, from [omitted]');
  t.equal(hidePersonal({ personal: whole, shownTraits, name: null })('Ask Hopper'), 'Ask [omitted]');
});

t.test('no value makes a text take for ever', async (t) => {
  const marks = '\u0301';
  const hostile = [{ trait: 'bio', value: `${`${marks} `.repeat(20)}x` }];
  const text = `a${marks.repeat(1999)}`;
  t.equal(hidePersonal({ personal: hostile, shownTraits, name: null })(text), text.normalize('NFKC'));
  const many = Array.from({ length: 201 }, (_, at) => ({ trait: 'tags', value: `value ${at}` }));
  const hide = hidePersonal({ personal: [...personal, ...many], shownTraits, name: null });
  t.equal(hide('export'), '[omitted]', 'too many to look for: nothing is shown');
  t.equal(hide('Gold.Plus (2)'), 'Gold.Plus (2)');
});
