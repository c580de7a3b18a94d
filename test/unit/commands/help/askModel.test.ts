import t from 'tap';
import { askModel } from '../../../../src/commands/help/askModel.js';
import {
  estimatedTokens,
  GenerationFailed,
  type GenerationFailure,
  type GenerationRequest,
  type TextGenerator,
} from '../../../../src/commands/textGenerator.js';

const question: GenerationRequest = {
  ...{ system: 'You help.', messages: [{ role: 'user', text: 'What now?' }], tools: [] },
  ...{ maxOutputTokens: 100, stream: true },
};
const sent = estimatedTokens({ system: question.system, messages: question.messages, tools: [] });

/** Fails like this, then answers. */
function failing(...codes: GenerationFailure[]): TextGenerator {
  return {
    ...{ provider: 'openai', model: 'm', price: null, isReady: () => true },
    async generate() {
      const code = codes.shift();
      if (code !== undefined) throw new GenerationFailed(code, 0);
      return { text: '', toolCalls: [], usage: { inputTokens: 7, outputTokens: 3 }, stop: 'end' };
    },
  };
}

t.test('what a failed call may cost is counted with what the next one says', async (t) => {
  const takes = async (...codes: GenerationFailure[]) => {
    const usage = { inputTokens: 0, outputTokens: 0 };
    const limits = { deadline: 10_000, signal: new AbortController().signal, now: () => 0 };
    await askModel(failing(...codes), question, usage, limits).catch(() => undefined);
    return usage;
  };
  t.strictSame(await takes(), { inputTokens: 7, outputTokens: 3 });
  t.strictSame(await takes('interrupted'), { inputTokens: 7 + sent, outputTokens: 3 });
  t.strictSame(await takes('malformed', 'interrupted'), { inputTokens: 2 * sent, outputTokens: 0 });
  t.strictSame(await takes('out-of-time'), { inputTokens: sent, outputTokens: 0 });
  t.strictSame(await takes('overloaded'), { inputTokens: 7, outputTokens: 3 });
  t.strictSame(await takes('unreachable'), { inputTokens: 0, outputTokens: 0 });
});
