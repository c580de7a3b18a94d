import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/** What the model does with a request. */
export type Reply =
  | { readonly does: 'calls'; readonly tool: string; readonly input: unknown }
  | { readonly does: 'says'; readonly text: string }
  | { readonly does: 'refuses' | 'runs out' }
  | { readonly does: 'nonsense' | 'silence' | 'trickles' | 'breaks off' | 'floods' }
  /** Streamed: says this, then that it failed. */
  | { readonly does: 'fails midway'; readonly text: string }
  | { readonly does: 'fails'; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly does: 'redirects'; readonly to: string };

export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it was sent. */
  readonly text: string;
  readonly body: { readonly model: string; readonly stream?: boolean; readonly [name: string]: unknown };
}

type Answer = (asked: Asked, replyNumber: number) => Reply | Promise<Reply>;

/** A server that speaks the Messages API of Anthropic and the chat completions of OpenAI as they are documented. */
export async function startLanguageModel(t: Test, answer: Answer) {
  const asked: Asked[] = [];
  const state = { answer };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', async () => {
      const text = Buffer.concat(parts).toString('utf8');
      const seen: Asked = { path: request.url ?? '', headers: request.headers, text, body: JSON.parse(text) };
      asked.push(seen);
      const reply = await state.answer(seen, asked.length);
      const isAnthropic = seen.path.endsWith('/messages');
      respond(response, reply, seen.body.stream === true, isAnthropic ? anthropic : openai);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { asked, state, url: `http://127.0.0.1:${port}` };
}

interface Protocol {
  readonly error: object;
  /** The event of a stream that says the same. */
  readonly errorEvent: string;
  /** Events of a stream until a text stands there as a whole. */
  readonly untilText: number;
  whole(reply: Spoken): object;
  events(reply: Spoken): readonly string[];
}

type Spoken = Exclude<
  Reply,
  | { does: 'nonsense' | 'silence' | 'trickles' | 'breaks off' | 'floods' }
  | { does: 'fails midway' }
  | { does: 'fails' }
  | { does: 'redirects' }
>;

function respond(response: ServerResponse, reply: Reply, streams: boolean, protocol: Protocol): void {
  const json = (status: number, body: string, headers: Record<string, string> = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  switch (reply.does) {
    case 'silence':
      return;
    case 'trickles': {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const timer = setInterval(() => response.write(': ping\n\n'), 10);
      response.on('error', () => undefined).on('close', () => clearInterval(timer));
      return;
    }
    case 'nonsense':
      json(200, '{"what": [}');
      return;
    case 'floods':
      response.writeHead(200, { 'content-type': streams ? 'text/event-stream' : 'application/json' });
      response.on('error', () => undefined);
      for (let part = 0; part < 40; part += 1) response.write(`:${' '.repeat(65_536)}\n`);
      return;
    case 'fails':
      json(reply.status, JSON.stringify(protocol.error), reply.headers);
      return;
    case 'redirects':
      response.writeHead(307, { location: reply.to }).end();
      return;
    case 'fails midway': {
      const begun = protocol.events({ does: 'says', text: reply.text }).slice(0, protocol.untilText);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end([...begun, protocol.errorEvent].join(''));
      return;
    }
    case 'breaks off': {
      const spoken = { does: 'says', text: 'a text that is cut off' } as const;
      response.writeHead(200, { 'content-type': streams ? 'text/event-stream' : 'application/json' });
      const whole = JSON.stringify(protocol.whole(spoken));
      const begun = streams ? protocol.events(spoken).slice(0, 2).join('') : whole.slice(0, 40);
      response.write(begun, () => (streams ? response.end() : response.destroy()));
      return;
    }
    default:
      if (!streams) json(200, JSON.stringify(protocol.whole(reply)));
      else {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(protocol.events(reply).join(''));
      }
  }
}

/** Odd numbers that no default has. */
const usage = { read: 101, written: 37 };

const anthropic: Protocol = {
  error: { type: 'error', error: { type: 'overloaded_error', message: 'secret words of the provider' } },
  get errorEvent() {
    return `event: error\ndata: ${JSON.stringify(this.error)}\n\n`;
  },
  untilText: 3,
  whole: (reply) => ({
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_sequence: null },
    content: [block(reply)],
    stop_reason: anthropicStop(reply),
    usage: { input_tokens: usage.read, output_tokens: usage.written },
  }),
  events(reply) {
    const event = (type: string, data: object) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
    const { content: _, ...message } = this.whole(reply) as { content: unknown };
    const begun = {
      ...message,
      content: [],
      stop_reason: null,
      usage: { input_tokens: usage.read, output_tokens: 1 },
    };
    const delta =
      reply.does === 'calls'
        ? { type: 'input_json_delta', partial_json: JSON.stringify(reply.input) }
        : { type: 'text_delta', text: said(reply) };
    const empty = reply.does === 'calls' ? { ...block(reply), input: {} } : { type: 'text', text: '' };
    return [
      event('message_start', { message: begun }),
      event('content_block_start', { index: 0, content_block: empty }),
      event('content_block_delta', { index: 0, delta }),
      event('content_block_stop', { index: 0 }),
      event('message_delta', {
        delta: { stop_reason: anthropicStop(reply), stop_sequence: null },
        usage: { output_tokens: usage.written },
      }),
      event('message_stop', {}),
    ];
  },
};

function block(reply: Spoken): object {
  return reply.does === 'calls'
    ? { type: 'tool_use', id: 'call_1', name: reply.tool, input: reply.input }
    : { type: 'text', text: said(reply) };
}

function said(reply: Spoken): string {
  return reply.does === 'says' ? reply.text : 'half of a';
}

function anthropicStop({ does }: Spoken): string {
  return { calls: 'tool_use', says: 'end_turn', refuses: 'refusal', 'runs out': 'max_tokens' }[does];
}

const openai: Protocol = {
  error: {
    error: { message: 'secret words of the provider', type: 'server_error', code: null, param: null },
  },
  get errorEvent() {
    return `data: ${JSON.stringify(this.error)}\n\n`;
  },
  untilText: 2,
  whole: (reply) => ({
    ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm' },
    choices: [{ index: 0, message: spokenMessage(reply), finish_reason: openaiStop(reply), logprobs: null }],
    usage: openaiUsage,
  }),
  events(reply) {
    const chunk = (data: object) =>
      `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', ...data })}\n\n`;
    const choice = (delta: object, finish_reason: string | null = null) =>
      chunk({ choices: [{ index: 0, delta, finish_reason, logprobs: null }] });
    const parts: object[] =
      reply.does === 'calls'
        ? [
            {
              tool_calls: [
                { index: 0, id: 'call_1', type: 'function', function: { name: reply.tool, arguments: '' } },
              ],
            },
            { tool_calls: [{ index: 0, function: { arguments: argumentsOf(reply.input) } }] },
          ]
        : [{ content: said(reply) }];
    return [
      choice({ role: 'assistant', content: reply.does === 'calls' ? null : '' }),
      ...parts.map((part) => choice(part)),
      choice({}, openaiStop(reply)),
      chunk({ choices: [], usage: openaiUsage }),
      'data: [DONE]\n\n',
    ];
  },
};

const openaiUsage = {
  prompt_tokens: usage.read,
  completion_tokens: usage.written,
  total_tokens: usage.read + usage.written,
};

/** A string is what the model wrote itself, JSON or not. */
function argumentsOf(input: unknown): string {
  return typeof input === 'string' ? input : JSON.stringify(input);
}

function spokenMessage(reply: Spoken): object {
  const message = { role: 'assistant', refusal: null };
  if (reply.does !== 'calls') return { ...message, content: said(reply) };
  const called = { name: reply.tool, arguments: argumentsOf(reply.input) };
  return { ...message, content: null, tool_calls: [{ id: 'call_1', type: 'function', function: called }] };
}

function openaiStop({ does }: Spoken): string {
  return { calls: 'tool_calls', says: 'stop', refuses: 'content_filter', 'runs out': 'length' }[does];
}
