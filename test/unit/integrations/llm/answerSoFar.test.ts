import t from 'tap';
import { askedIn, estimatedTokens, type GenerationRequest } from '../../../../src/commands/textGenerator.js';
import { AnswerSoFar, countedUsage } from '../../../../src/integrations/llm/answerSoFar.js';

const asked = { question: 'What now?' };
const said = { text: 'Press Save first.' };

t.test('what a provider counted is taken where it is a count, and estimated otherwise', async (t) => {
  const usage = (input: unknown, output: unknown) => countedUsage({ input, output }, asked, said);
  t.strictSame(usage(12, 0), { inputTokens: 12, outputTokens: 0 });
  for (const odd of [undefined, null, '12', -12, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.strictSame(usage(12, odd), { inputTokens: 12, outputTokens: 7, estimated: true }, `${odd}`);
    t.strictSame(usage(odd, 3), { inputTokens: 6, outputTokens: 3, estimated: true }, `${odd}`);
  }
});

t.test('of an answer that was begun, what came of it counts, and no more than it may be', async (t) => {
  const request: GenerationRequest = {
    ...{ system: 'You help.', messages: [{ role: 'user', text: 'What now?' }], tools: [] },
    ...{ maxOutputTokens: 100, stream: true },
  };
  const sent = estimatedTokens(askedIn(request));
  const soFar = new AnswerSoFar();
  t.equal(soFar.usage(request), undefined);
  soFar.inputTokens = 11;
  t.strictSame(soFar.usage(request), { inputTokens: 11, outputTokens: 100, estimated: true });
  soFar.wrote('Press Save ');
  soFar.wrote(undefined);
  soFar.wrote('first.');
  t.strictSame(soFar.usage(request), { inputTokens: 11, outputTokens: 5, estimated: true });
  soFar.wrote('a'.repeat(1000));
  t.strictSame(soFar.usage(request), { inputTokens: 11, outputTokens: 100, estimated: true });
  soFar.outputTokens = 42;
  t.strictSame(soFar.usage(request), { inputTokens: 11, outputTokens: 42 }, 'counted by the provider');
  soFar.inputTokens = 'many';
  t.strictSame(soFar.usage(request), { inputTokens: sent, outputTokens: 42, estimated: true });
});
