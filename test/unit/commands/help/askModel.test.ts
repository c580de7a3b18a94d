import t from 'tap';
import { askModel } from '../../../../src/commands/help/askModel.js';
import { askModels } from '../../../../src/commands/help/askModels.js';
import { ModelBudget, type Spent } from '../../../../src/commands/help/modelBudget.js';
import {
  askedIn,
  estimatedTokens,
  GenerationFailed,
  type GenerationFailure,
  type GenerationRequest,
  type TextGenerator,
  type TokenUsage,
} from '../../../../src/commands/textGenerator.js';
import { defaultHelpPolicy } from '../../../../src/domain/helpPolicy/policy.js';

const question: GenerationRequest = {
  ...{ system: 'You help.', messages: [{ role: 'user', text: 'What now?' }], tools: [] },
  ...{ maxOutputTokens: 100, stream: true },
};
const sent = estimatedTokens(askedIn(question));
const limits = {
  ...{ maxTokens: 1000, deadline: 10_000, signal: new AbortController().signal },
  now: () => 0,
};

/** Fails like this, then answers. */
function failing(...failures: (GenerationFailure | GenerationFailed)[]) {
  const asked: GenerationRequest[] = [];
  const generator: TextGenerator = {
    ...{ provider: 'openai', model: 'm', price: null, isReady: () => true },
    async generate(request) {
      asked.push(request);
      const failure = failures.shift();
      if (failure instanceof GenerationFailed) throw failure;
      if (failure !== undefined) throw new GenerationFailed(failure, 0);
      return { text: '', toolCalls: [], usage: { inputTokens: 7, outputTokens: 3 }, stop: 'end' };
    },
  };
  return { generator, asked };
}

t.test('what a failed call may cost is counted with what the next one says', async (t) => {
  const takes = async (...failures: (GenerationFailure | GenerationFailed)[]) => {
    const usage: TokenUsage = { inputTokens: 0, outputTokens: 0 };
    await askModel(failing(...failures).generator, question, usage, limits).catch(() => undefined);
    return usage;
  };
  t.strictSame(await takes(), { inputTokens: 7, outputTokens: 3 });
  const estimated = true;
  t.strictSame(await takes('interrupted'), { inputTokens: 7 + sent, outputTokens: 103, estimated });
  const twice = { inputTokens: 2 * sent, outputTokens: 200, estimated };
  t.strictSame(await takes('malformed', 'interrupted'), twice);
  t.strictSame(await takes('out-of-time'), { inputTokens: sent, outputTokens: 100, estimated });
  t.strictSame(await takes('overloaded'), { inputTokens: 7, outputTokens: 3 });
  t.strictSame(await takes('unreachable'), { inputTokens: 0, outputTokens: 0 });
  const begun = new GenerationFailed('overloaded', 0, { inputTokens: 20, outputTokens: 5 });
  t.strictSame(await takes(begun), { inputTokens: 27, outputTokens: 8 }, 'broken off in the middle');
});

t.test('another try has what the first one left', async (t) => {
  const { generator, asked } = failing('interrupted');
  const usage: TokenUsage = { inputTokens: 0, outputTokens: 0 };
  await askModel(generator, question, usage, { ...limits, maxTokens: sent + 130 });
  t.strictSame(
    asked.map(({ maxOutputTokens }) => maxOutputTokens),
    [100, 30],
  );
  const other = failing('interrupted');
  const last = askModel(
    other.generator,
    question,
    { inputTokens: 0, outputTokens: 0 },
    { ...limits, maxTokens: sent + 100 },
  );
  await t.rejects(last, { code: 'interrupted' });
  t.equal(other.asked.length, 1);
});

t.test('a provider that hangs in every call gets no further than the budget', async (t) => {
  const recorded = { tokens: 0, microUsd: 0 } satisfies Spent;
  const budget = new ModelBudget(async () => recorded, limits.now);
  const models = { ...defaultHelpPolicy.models, maxTokens: 400 };
  const policy = { models, budget: { perDay: { tokens: 1000, microUsd: null } } };
  const { generator, asked } = failing(...Array.from({ length: 50 }, () => 'timeout' as const));
  const hang = () =>
    askModels(
      { budget, now: limits.now },
      { tenantId: 'acme', policy, deadline: 10_000, models: [generator] },
      async (model) => {
        const usage: TokenUsage = { inputTokens: 0, outputTokens: 0 };
        await askModel(model, question, usage, limits).catch(() => undefined);
        const use = { provider: 'openai', model: 'm', promptVersion: 1, microUsd: null, latency: 0 };
        return { result: null, attempt: { ...use, ...usage, reason: 'timeout' } };
      },
    );
  for (let text = 0; text < 50; text += 1) await hang();
  const most = asked.length * (sent + question.maxOutputTokens);
  t.ok(asked.length > 1);
  t.ok(most <= 1000, `${asked.length} calls of ${sent + question.maxOutputTokens} tokens`);
  t.equal((await hang()).reason, 'budget-spent');
});
