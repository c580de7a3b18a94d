import { OpenAI } from 'openai';
import {
  GenerationFailed,
  type GenerationMessage,
  type GenerationTurn,
  type ToolCall,
} from '../../commands/textGenerator.js';
import { type AnswerSoFar, countedUsage } from './answerSoFar.js';
import {
  type ProviderConfiguration,
  type ProviderGenerator,
  providerGenerator,
} from './providerGenerator.js';

type Message = OpenAI.ChatCompletionMessageParam;

/** Chat completions with tool calls, of OpenAI and of servers that speak the same. One try a call. */
export function openaiGenerator(configuration: ProviderConfiguration): ProviderGenerator {
  const { apiKey, baseUrl, model } = configuration;
  const client = new OpenAI({
    apiKey,
    baseURL: baseUrl ?? null,
    maxRetries: 0,
    // It would log answers.
    logLevel: 'off',
  });
  return providerGenerator('openai', configuration, async (request, { signal, fetch, soFar }) => {
    const asked = {
      model,
      // OpenAI's newer models know only the one name, and many compatible servers only the other.
      ...(baseUrl === undefined
        ? { max_completion_tokens: request.maxOutputTokens }
        : { max_tokens: request.maxOutputTokens }),
      messages: [{ role: 'system', content: request.system }, ...request.messages.flatMap(toMessages)],
      ...(request.tools.length > 0 && {
        tools: request.tools.map(({ name, description, inputSchema }) => ({
          type: 'function' as const,
          function: { name, description, parameters: { ...inputSchema } },
        })),
      }),
    } satisfies OpenAI.ChatCompletionCreateParamsNonStreaming;
    const caller = client.withOptions({ fetch });
    const answer = request.stream
      ? await caller.chat.completions
          .stream({ ...asked, stream_options: { include_usage: true } }, { signal })
          .on('chunk', (chunk) => follow(chunk, soFar))
          .finalChatCompletion()
      : await caller.chat.completions.create(asked, { signal });
    return toTurn(answer, asked);
  });
}

function follow({ choices, usage }: OpenAI.ChatCompletionChunk, soFar: AnswerSoFar): void {
  // Some servers count in each part, most in the last.
  if (usage) {
    soFar.inputTokens = usage.prompt_tokens;
    soFar.outputTokens = usage.completion_tokens;
  }
  for (const { delta } of choices) {
    soFar.wrote(delta?.content);
    for (const call of delta?.tool_calls ?? []) soFar.wrote(call.function?.arguments);
  }
}

function toMessages(message: GenerationMessage): Message[] {
  switch (message.role) {
    case 'user':
      return [{ role: 'user', content: message.text }];
    case 'assistant':
      return [
        {
          role: 'assistant',
          content: message.text === '' ? null : message.text,
          tool_calls: message.toolCalls.map(({ id, name, input }) => ({
            id,
            type: 'function' as const,
            function: { name, arguments: JSON.stringify(input) },
          })),
        },
      ];
    case 'tools':
      return message.results.map(({ callId, content }) => ({ role: 'tool', tool_call_id: callId, content }));
  }
}

function toTurn(answer: OpenAI.ChatCompletion, asked: object): GenerationTurn {
  // Whatever speaks the protocol may answer anything; and a stream that was cut off has no reason to have stopped.
  const choice = Array.isArray(answer.choices) ? answer.choices[0] : undefined;
  if (!choice?.message || !choice.finish_reason) throw new GenerationFailed('malformed');
  const { message, finish_reason } = choice;
  const toolCalls = (message.tool_calls ?? []).flatMap((call) =>
    call.type === 'function' ? [toCall(call.id, call.function)] : [],
  );
  return {
    text: message.content ?? '',
    toolCalls,
    usage: countedUsage(
      { input: answer.usage?.prompt_tokens, output: answer.usage?.completion_tokens },
      asked,
      message,
    ),
    stop:
      finish_reason === 'content_filter' || message.refusal
        ? 'refusal'
        : finish_reason === 'length'
          ? 'length'
          : toolCalls.length > 0
            ? 'tools'
            : 'end',
  };
}

/** Models write the arguments themselves: they need not be JSON. */
function toCall(id: string, { name, arguments: written }: { name: string; arguments: string }): ToolCall {
  try {
    return { id, name, input: JSON.parse(written) };
  } catch {
    return { id, name, input: null };
  }
}
