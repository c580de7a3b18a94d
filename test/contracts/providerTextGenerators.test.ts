import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import {
  askedIn,
  estimatedTokens,
  type GenerationRequest,
  proposalTool,
} from '../../src/commands/textGenerator.js';
import { anthropicGenerator } from '../../src/integrations/llm/anthropic.js';
import { openaiGenerator } from '../../src/integrations/llm/openai.js';
import type { ProviderConfiguration } from '../../src/integrations/llm/providerGenerator.js';
import { type Reply, startLanguageModel } from '../support/languageModel.js';
import { failureOf, help, never, textGeneratorContract } from './textGenerator.js';

const proposes: Reply = { does: 'calls', tool: proposalTool, input: { title: 'Hello', body: 'Press Save.' } };
const key = 'sk-test-0123456789';

const providers = {
  anthropic: { open: anthropicGenerator, path: '/v1/messages', base: '' },
  openai: { open: openaiGenerator, path: '/v1/chat/completions', base: '/v1' },
};

for (const [name, { open, path, base }] of Object.entries(providers)) {
  const start = async (t: Test, reply: Reply, limits: ProviderConfiguration['limits'] = {}) => {
    const server = await startLanguageModel(t, () => reply);
    const generator = open({
      apiKey: key,
      baseUrl: server.url + base,
      model: 'small-model',
      price: null,
      limits,
    });
    t.teardown(() => generator.close());
    return { server, generator };
  };

  t.test(name, async (t) => {
    await t.test('contract', async (t) => textGeneratorContract(t, (await start(t, proposes)).generator));

    await t.test('asks as the provider documents it', async (t) => {
      const { server, generator } = await start(t, proposes);
      const conversation: GenerationRequest = {
        ...help,
        messages: [
          { role: 'user', text: 'Write.' },
          {
            role: 'assistant',
            text: '',
            toolCalls: [{ id: 'c1', name: 'read_profile', input: { a: 1 } }],
          },
          { role: 'tools', results: [{ callId: 'c1', content: 'the profile', isError: false }] },
        ],
      };
      const { usage } = await generator.generate(conversation, never());
      t.strictSame(usage, { inputTokens: 101, outputTokens: 37 });
      const [asked] = server.asked;
      t.equal(asked?.path, path);
      t.match(JSON.stringify(asked?.headers), key);
      t.notMatch(asked?.text, key);
      t.equal(asked?.body.model, 'small-model');
      t.equal(asked?.body.max_tokens, 300);
      t.match(
        asked?.body.messages,
        name === 'anthropic'
          ? [
              { role: 'user', content: 'Write.' },
              {
                role: 'assistant',
                content: [{ type: 'tool_use', id: 'c1', name: 'read_profile', input: { a: 1 } }],
              },
              { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'the profile' }] },
            ]
          : [
              { role: 'system', content: help.system },
              { role: 'user', content: 'Write.' },
              {
                role: 'assistant',
                tool_calls: [
                  { id: 'c1', type: 'function', function: { name: 'read_profile', arguments: '{"a":1}' } },
                ],
              },
              { role: 'tool', tool_call_id: 'c1', content: 'the profile' },
            ],
      );
      if (name === 'anthropic') t.equal(asked?.body.system, help.system);
    });

    for (const stream of [false, true]) {
      const way = stream ? 'streamed' : 'whole';

      await t.test(`why it stopped, ${way}`, async (t) => {
        const { server, generator } = await start(t, proposes);
        const stopAfter = async (reply: Reply) => {
          server.state.answer = () => reply;
          return (await generator.generate({ ...help, stream }, never())).stop;
        };
        t.equal(await stopAfter({ does: 'says', text: 'Hello' }), 'end');
        t.equal(await stopAfter({ does: 'refuses' }), 'refusal');
        t.equal(await stopAfter({ does: 'runs out' }), 'length');
      });

      await t.test(`what fails is told by a code, and nothing else, ${way}`, async (t) => {
        const codeOf = async (reply: Reply) => {
          const { server, generator } = await start(t, reply);
          const failure = await failureOf(generator.generate({ ...help, stream }, never()));
          t.equal(server.asked.length, 1, 'asked once');
          t.notMatch(`${failure?.stack} ${JSON.stringify(failure)}`, /secret words|sk-test/);
          return failure?.code;
        };
        t.equal(await codeOf({ does: 'fails', status: 429 }), 'rate-limited');
        t.equal(await codeOf({ does: 'fails', status: 529 }), 'overloaded');
        t.equal(await codeOf({ does: 'fails', status: 500 }), 'provider-error');
        t.equal(await codeOf({ does: 'fails', status: 401 }), 'credentials-refused');
        t.equal(await codeOf({ does: 'fails', status: 400 }), 'request-refused');
        t.equal(await codeOf({ does: 'nonsense' }), 'malformed');
        t.match(await codeOf({ does: 'breaks off' }), /^(interrupted|malformed)$/);
        t.match(await codeOf({ does: 'floods' }), /^(interrupted|malformed)$/);
        t.match(
          await codeOf({ does: 'redirects', to: 'http://127.0.0.1:9/elsewhere' }),
          /^(interrupted|malformed|unreachable)$/,
        );
      });

      await t.test(`silence ends with the signal, and with the call's own limit, ${way}`, async (t) => {
        const { server, generator } = await start(t, { does: 'silence' });
        const stopping = new AbortController();
        const waiting = failureOf(generator.generate({ ...help, stream }, stopping.signal));
        server.state.answer = () => ({ does: 'silence' });
        stopping.abort();
        t.equal((await waiting)?.code, 'out-of-time');
        const impatient = await start(t, { does: 'silence' }, { timeout: 20 });
        t.equal(
          (await failureOf(impatient.generator.generate({ ...help, stream }, never())))?.code,
          'timeout',
        );
        t.equal(impatient.generator.inFlight(), 0);
      });
    }

    await t.test('what came of an answer that does not end is counted, and marked', async (t) => {
      const text = 'You can press Save first and then try again.';
      const tokens = Math.ceil(text.length / 4);
      const usageAfter = async (reply: Reply) => {
        const { generator } = await start(t, reply);
        return (await failureOf(generator.generate({ ...help, stream: true }, never())))?.usageOf(help);
      };
      const input = name === 'anthropic' ? 101 : estimatedTokens(askedIn(help));
      const begun = { inputTokens: input, outputTokens: tokens, estimated: true };
      t.strictSame(await usageAfter({ does: 'fails midway', text }), begun);
      t.match(await usageAfter({ does: 'nonsense' }), {
        outputTokens: help.maxOutputTokens,
        estimated: true,
      });
      t.equal(await usageAfter({ does: 'fails', status: 500 }), undefined);
    });

    await t.test('how long the provider wishes to be left alone', async (t) => {
      const waitAfter = async (headers: Record<string, string>) => {
        const { generator } = await start(t, { does: 'fails', status: 429, headers });
        return (await failureOf(generator.generate(help, never())))?.retryAfter;
      };
      t.equal(await waitAfter({ 'retry-after': '7' }), 7000);
      t.equal(await waitAfter({ 'retry-after-ms': '250' }), 250);
      t.equal(await waitAfter({}), undefined);
      t.equal(await waitAfter({ 'retry-after': 'soon' }), undefined);
    });

    await t.test('a provider that fails is spared, and tried again later', async (t) => {
      const { server, generator } = await start(t, { does: 'fails', status: 500 }, { rest: 50 });
      for (let call = 0; call < 5; call += 1) await failureOf(generator.generate(help, never()));
      t.equal(generator.breaker(), 'open');
      t.notOk(generator.isReady());
      t.equal((await failureOf(generator.generate(help, never())))?.code, 'provider-resting');
      t.equal(server.asked.length, 5);
      server.state.answer = () => proposes;
      while (!generator.isReady()) await new Promise(setImmediate);
      t.equal((await generator.generate(help, never())).stop, 'tools');
      t.equal(generator.breaker(), 'closed');
    });

    await t.test(
      'what is refused shows that the provider is well again, what is given up does not',
      async (t) => {
        const { server, generator } = await start(t, { does: 'fails', status: 500 }, { rest: 50 });
        const letThrough = async (reply: Reply, signal = never()) => {
          server.state.answer = () => reply;
          while (!generator.isReady()) await new Promise(setImmediate);
          return (await failureOf(generator.generate(help, signal)))?.code;
        };
        for (let call = 0; call < 5; call += 1) await failureOf(generator.generate(help, never()));
        t.equal(generator.breaker(), 'open');
        t.equal(await letThrough({ does: 'silence' }, AbortSignal.timeout(20)), 'out-of-time');
        t.equal(generator.breaker(), 'open', 'nobody knows');
        t.equal(await letThrough({ does: 'fails', status: 401 }), 'credentials-refused');
        t.equal(generator.breaker(), 'open', 'nothing is written for us');
        t.equal(await letThrough({ does: 'fails', status: 400 }), 'request-refused');
        t.equal(generator.breaker(), 'closed', 'it reads what it is sent');
      },
    );

    await t.test('one call at a time is let through where it is not known whether it is well', async (t) => {
      const { server, generator } = await start(t, { does: 'fails', status: 500 }, { rest: 50 });
      for (let call = 0; call < 5; call += 1) await failureOf(generator.generate(help, never()));
      server.state.answer = () => ({ does: 'silence' });
      while (!generator.isReady()) await new Promise(setImmediate);
      const stopping = new AbortController();
      const trying = failureOf(generator.generate(help, stopping.signal));
      t.notOk(generator.isReady());
      stopping.abort();
      t.equal((await trying)?.code, 'out-of-time');
    });

    await t.test('limits of the account do not open the breaker', async (t) => {
      const { generator } = await start(t, { does: 'fails', status: 429 });
      for (let call = 0; call < 8; call += 1) await failureOf(generator.generate(help, never()));
      t.ok(generator.isReady());
    });

    await t.test(
      'who gives up says nothing of a provider that answers, only of one that is silent',
      async (t) => {
        const giveUp = async (reply: Reply, silence: number, time: number) => {
          const { generator } = await start(t, reply, { silence });
          const calls = Array.from({ length: 5 }, () =>
            failureOf(generator.generate({ ...help, stream: true }, AbortSignal.timeout(time))),
          );
          const codes = new Set((await Promise.all(calls)).map((failure) => failure?.code));
          return [...codes, generator.breaker()];
        };
        t.strictSame(await giveUp({ does: 'silence' }, 0, 20), ['timeout', 'open']);
        t.strictSame(await giveUp({ does: 'silence' }, 10_000, 20), ['out-of-time', 'closed']);
        t.strictSame(await giveUp({ does: 'trickles' }, 200, 400), ['out-of-time', 'closed']);
      },
    );

    await t.test('nobody is there', async (t) => {
      const gone = createServer();
      await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
      const { port } = gone.address() as AddressInfo;
      await new Promise((resolve) => gone.close(resolve));
      const generator = open({
        apiKey: key,
        baseUrl: `http://127.0.0.1:${port}${base}`,
        model: 'm',
        price: null,
      });
      t.teardown(() => generator.close());
      t.equal((await failureOf(generator.generate(help, never())))?.code, 'unreachable');
    });
  });
}

t.test('arguments that are no JSON are a call without any', async (t) => {
  const server = await startLanguageModel(t, () => ({
    does: 'calls',
    tool: proposalTool,
    input: '{"title": ',
  }));
  const generator = openaiGenerator({ apiKey: key, baseUrl: `${server.url}/v1`, model: 'm', price: null });
  t.teardown(() => generator.close());
  t.match(await generator.generate(help, never()), { toolCalls: [{ name: proposalTool, input: null }] });
});
