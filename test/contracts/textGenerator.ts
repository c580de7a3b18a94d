import type { Test } from 'tap';
import {
  GenerationFailed,
  type GenerationRequest,
  proposalTool,
  type TextGenerator,
} from '../../src/commands/textGenerator.js';

/** Ids that a client could send to have its own markup, placeholders or invisible characters shown to a person. */
export const hostileFeatureIds = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '{{feature}} %s {0} $1',
  'click https://evil.example now',
  'evil.example/login',
  'a\u202Etxt.exe\u202C',
  'zero\u200Bwidth',
  'nul\u0000byte',
  'line\nbreak\r\ttab',
  '\ud800 lone surrogate',
  '__proto__',
  'constructor',
  'Z̷̢̛̳̺͔̫͙͖̽a̷̡̛͎̲̼l̴g̵o',
  'A'.repeat(200),
  '"quoted" «name» “twice”',
];

export const help = {
  system: 'You write help.',
  subject: {
    brief: {
      ...{ strategyId: 'first-help', strategyVersion: 1, signalType: 'help_seeking', severity: 'low' },
      ...{ featureId: 'search', languages: ['en'], tone: null, complexity: 'detailed', ageGroup: null },
      ...{ channel: 'in_app', variables: {} },
    },
    content: { brief: 'Help.', template: null, tone: null, useModel: true },
  },
  messages: [{ role: 'user', text: 'Write.' }],
  tools: [
    {
      name: proposalTool,
      description: 'Hands over the message.',
      inputSchema: { type: 'object', properties: {} },
    },
  ],
  maxOutputTokens: 300,
  stream: false,
} satisfies GenerationRequest;

export const never = () => new AbortController().signal;

/** What every text generator promises. Each must be ready to write. */
export async function textGeneratorContract(t: Test, generator: TextGenerator): Promise<void> {
  for (const stream of [false, true]) {
    await t.test(`hands a text over, ${stream ? 'as it is written' : 'at once'}`, async (t) => {
      t.ok(generator.isReady());
      const turn = await generator.generate({ ...help, stream }, never());
      t.equal(turn.stop, 'tools');
      const [call, ...others] = turn.toolCalls;
      t.equal(others.length, 0);
      t.match(call, { id: /./, name: proposalTool, input: { title: /\S/, body: /\S/ } });
      t.ok(Number.isSafeInteger(turn.usage.inputTokens) && Number.isSafeInteger(turn.usage.outputTokens));
    });
  }
  t.match(generator, { provider: /^[a-z]+$/, model: /./ });
}

/** The code that it failed with; what was not expected is thrown on. */
export async function failureOf(turn: Promise<unknown>): Promise<GenerationFailed | undefined> {
  try {
    await turn;
    return undefined;
  } catch (error) {
    if (error instanceof GenerationFailed) return error;
    throw error;
  }
}
