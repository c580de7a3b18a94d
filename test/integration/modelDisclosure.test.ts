import t from 'tap';
import type { Reply } from '../support/languageModel.js';
import { openModelSide, write } from '../support/modelSide.js';
import { until } from '../support/until.js';

/** Everything of the person that a provider has no business to know. */
const traits = {
  firstName: 'Augusta',
  email: 'augusta.k@byron.example',
  address: { city: 'Nottingham', lines: ['12 Mansfield Road'] },
  customerNumber: 4711471,
  plan: 'Sapphire',
};
const secrets = [/augusta/i, /byron/i, /nottingham/i, /mansfield/i, /4711471/, /ada.?lovelace/i, /\+44/];

t.test('planted everywhere, no personal value reaches the provider', async (t) => {
  const steps: Reply[] = [
    { does: 'calls', tool: 'read_profile', input: {} },
    { does: 'calls', tool: 'read_struggles', input: {} },
    { does: 'calls', tool: 'read_videos', input: {} },
    write('Shall we look at it, personname?', 'You can press Save first and try again, Personname.'),
  ];
  const { server, waymark, struggle, post, ofType } = await openModelSide(
    t,
    (_, at) => steps[at - 1] ?? { does: 'refuses' },
    {
      policy: { disclosure: { name: 'pseudonym', traits: ['plan'] } },
      traits,
      feature: 'board of AUGUSTA, nottingham',
    },
  );
  const userId = 'ada-lovelace';
  const actions = [
    'Opened Ada_Lovelace file',
    'Called +44 20 7946 0958',
    'Wrote to augusta.k@byron.example',
    'Customer 4711471 shown',
    'Chose Sapphire',
  ];
  const watched = { event: 'Video Playback Started', properties: { asset_id: 'tour-12-mansfield-road' } };
  await post('batch', {
    batch: [...actions.map((event) => ({ event, properties: {} })), watched].map((each, at) => ({
      ...{ type: 'track', userId, messageId: `before-${at}`, ...each },
    })),
  });
  const { shown, generated } = await struggle(userId);
  t.match(shown, /look at it, Augusta\?.*again, Augusta\./, 'the name is put back');
  const sent = server.asked.map(({ text }) => text).join('\n');
  for (const secret of secrets) t.notMatch(sent, secret);
  t.match(sent, /board of Personname, \[omitted\]/, 'the name has a stand-in, the rest is left out');
  t.match(sent, 'Sapphire', 'what the policy discloses is sent');
  t.match(sent, /tour-\[omitted\]/);
  t.match(generated?.disclosed, ['occasion', 'profile', 'struggles', 'videos', 'trait:plan']);
  t.equal((await ofType('InterventionProposed'))[0]?.data.author.kind, 'model');
  await until(() => waymark.application.processors.caughtUp(), 'everything is seen');
});

t.test('what stands for a value is never shown', async (t) => {
  const { struggle, ofType } = await openModelSide(t, () =>
    write('About [omitted]', 'Open [email] and try again with [omitted] there, please.'),
  );
  t.equal((await struggle()).proposed.author.kind, 'template');
  t.match((await ofType('TextRefused'))[0]?.data.reasons, [{ code: 'placeholder' }]);
});
