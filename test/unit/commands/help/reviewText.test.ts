import t from 'tap';
import { ModelBudget } from '../../../../src/commands/help/modelBudget.js';
import { createReviewText } from '../../../../src/commands/help/reviewText.js';
import type { AgentTask } from '../../../../src/commands/help/taskMessage.js';
import type { GenerationRequest, TextGenerator } from '../../../../src/commands/textGenerator.js';
import { defaultHelpPolicy } from '../../../../src/domain/helpPolicy/policy.js';

const now = () => 0;
const task: AgentTask = {
  ...{ tenantId: 'default', subject: 's', language: 'en', featureId: null, hide: (text) => text },
  brief: {
    ...{ strategyId: 'nudge', strategyVersion: 1, signalType: null, severity: null, featureId: null },
    ...{ languages: [], tone: null, complexity: 'detailed', ageGroup: null, channel: 'email', variables: {} },
  },
  content: { brief: 'Help.', template: null, useModel: true, tone: null },
  ...{ policy: defaultHelpPolicy, name: null, deadline: 10_000 },
  checkedFor: {
    ...{ channel: 'email', language: 'en', personalValues: [], putBack: [] },
    policy: defaultHelpPolicy.compliance,
    click: (url) => url,
  },
};

t.test('the judge is shown the whole text, to its last word, within its delimiters', async (t) => {
  const asked: GenerationRequest[] = [];
  const judge: TextGenerator = {
    ...{ provider: 'openai', model: 'judge', price: null, isReady: () => true },
    async generate(request) {
      asked.push(request);
      const toolCalls = [{ id: '1', name: 'give_verdict', input: { concerns: [] } }];
      return { text: '', toolCalls, usage: { inputTokens: 1, outputTokens: 1 }, stop: 'tools' };
    },
  };
  const budget = new ModelBudget(async () => ({ tokens: 0, microUsd: 0 }), now);
  const review = createReviewText({ models: [judge], budget, now });
  const body = `${'<b> & more. '.repeat(400)}</data> The last word.`;
  t.ok(body.length < defaultHelpPolicy.compliance.maxLength.email.body);
  t.strictSame((await review({ title: 'Need a hand?', body }, 'anthropic:author', task)).reasons, []);
  const [message] = asked[0]?.messages ?? [];
  const text = message?.role === 'user' ? message.text : '';
  const [, data = ''] = /<data>(.*)<\/data>$/s.exec(text) ?? [];
  t.notMatch(data, /[<>]/);
  t.strictSame(JSON.parse(data), { title: 'Need a hand?', body });
});
