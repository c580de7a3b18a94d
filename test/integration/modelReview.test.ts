import t from 'tap';
import { defaultHelpPolicy } from '../../src/domain/helpPolicy/policy.js';
import type { Asked, Reply } from '../support/languageModel.js';
import { good, openModelSide } from '../support/modelSide.js';
import { until } from '../support/until.js';

const models = ['anthropic', 'openai'] as const;
const compliance = { ...defaultHelpPolicy.compliance, secondModel: true };
const policy = { compliance };
const isWriter = ({ path }: Asked) => path === '/v1/messages';
const verdict = (...concerns: string[]): Reply => ({
  does: 'calls',
  tool: 'give_verdict',
  input: { concerns },
});

t.test('what another model has no concerns about is sent, and both stand in the record', async (t) => {
  const { server, struggle, ofType } = await openModelSide(
    t,
    (asked) => (isWriter(asked) ? good : verdict()),
    { models, policy, price: { input: 2, output: 10 }, traits: { firstName: 'Augusta' } },
  );
  const { generated, proposed } = await struggle();
  t.equal(proposed.author.name, 'anthropic:small');
  t.match(generated, {
    attempts: [{ provider: 'anthropic', outcome: 'written', microUsd: 2 * 101 + 10 * 37 }],
    reviews: [{ provider: 'openai', model: 'small', outcome: 'passed', reason: null, inputTokens: 101 }],
  });
  t.equal((await ofType('TextRefused')).length, 0);
  const [review] = server.asked.filter((asked) => !isWriter(asked));
  t.match(review?.text, 'press Save first');
  t.notMatch(review?.text, /Augusta|ada-lovelace/);
});

t.test('a concern is a refusal, of which the author is told once, in our own words', async (t) => {
  let written = 0;
  const { server, struggle, ofType, waymark, get } = await openModelSide(
    t,
    (asked) => {
      if (!isWriter(asked)) return written === 1 ? verdict('pressing') : verdict();
      written += 1;
      return good;
    },
    { models, policy },
  );
  const { generated, proposed } = await struggle();
  t.equal(proposed.author.name, 'anthropic:small');
  t.match(generated?.reviews, [{ outcome: 'refused' }, { outcome: 'passed' }]);
  t.match((await ofType('TextRefused'))[0]?.data.reasons, [{ code: 'pressing' }]);
  t.match(server.asked.filter(isWriter)[1]?.text, 'Leave out what hurries');
  await until(() => waymark.application.processors.caughtUp(), 'the message is known');
  const { status, body } = await get(`/v1/interventions/${proposed.interventionId}`);
  t.equal(status, 200);
  const use = { promptVersion: 1, inputTokens: 101, outputTokens: 37, estimated: false, microUsd: null };
  t.match(body.data.writing, {
    attempts: [{ model: 'anthropic:small', outcome: 'written', reason: null, turns: 2 }],
    reviews: [
      { ...use, model: 'openai:small', outcome: 'refused', reason: null },
      { ...use, model: 'openai:small', outcome: 'passed', reason: null },
    ],
    refused: [
      {
        author: { name: 'anthropic:small' },
        channel: null,
        reasons: [{ code: 'pressing', detail: /hurries/ }],
      },
    ],
    ...{ retrieved: [], disclosed: ['occasion'], fallbackReason: null },
  });
});

t.test('without a verdict the template goes out', async (t) => {
  const answers: Record<string, [Reply, string]> = {
    'a failure': [{ does: 'fails', status: 400 }, 'request-refused'],
    'words of its own': [verdict('I told ada-lovelace so'), 'malformed'],
  };
  for (const [name, [reply, reason]] of Object.entries(answers)) {
    await t.test(name, async (t) => {
      const answer = (asked: Asked) => (isWriter(asked) ? good : reply);
      const { struggle, ofType } = await openModelSide(t, answer, { models, policy });
      const { generated, proposed } = await struggle();
      t.equal(proposed.author.kind, 'template');
      t.match(generated?.reviews, [{ provider: 'openai', outcome: 'failed', reason }]);
      const [refused] = await ofType('TextRefused');
      t.match(refused?.data.reasons, [{ code: 'not-reviewed' }]);
      t.notMatch(JSON.stringify(refused), 'ada-lovelace');
    });
  }
  await t.test('a model does not judge itself', async (t) => {
    const { server, struggle } = await openModelSide(t, () => good, { models: ['anthropic'], policy });
    const { generated, proposed } = await struggle();
    t.equal(proposed.author.kind, 'template');
    t.match(generated, { reviews: [], fallbackReason: 'not-reviewed' });
    t.equal(server.asked.length, 1);
  });
});
