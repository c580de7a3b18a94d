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
    'Q stays': 'Q stays',
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
