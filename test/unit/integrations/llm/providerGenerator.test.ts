import t from 'tap';
import { providerGenerator } from '../../../../src/integrations/llm/providerGenerator.js';
import { failureOf, help } from '../../../contracts/textGenerator.js';

t.test('a call that its caller gives up tells what had come of the answer', async (t) => {
  const stopping = new AbortController();
  const configuration = { apiKey: 'key', baseUrl: undefined, model: 'small', price: null };
  const generator = providerGenerator('openai', configuration, async (_, { soFar }) => {
    soFar.inputTokens = 12;
    soFar.wrote('Press Save');
    stopping.abort();
    return new Promise(() => undefined);
  });
  t.teardown(() => generator.close());
  const failure = await failureOf(generator.generate(help, stopping.signal));
  t.equal(failure?.code, 'out-of-time');
  t.strictSame(failure?.usageOf(help), { inputTokens: 12, outputTokens: 3, estimated: true });
});
