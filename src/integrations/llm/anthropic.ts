import { Anthropic } from '@anthropic-ai/sdk';
import {
  GenerationFailed,
  type GenerationMessage,
  type GenerationTurn,
} from '../../commands/textGenerator.js';
import { type AnswerSoFar, countedUsage } from './answerSoFar.js';
import {
  type ProviderConfiguration,
  type ProviderGenerator,
  providerGenerator,
} from './providerGenerator.js';

/** The Messages API with tool use. One try a call: whether there is time for another is the caller's to say. */
export function anthropicGenerator(configuration: ProviderConfiguration): ProviderGenerator {
  const { apiKey, baseUrl, model } = configuration;
  const client = new Anthropic({
    apiKey,
    authToken: null,
    ...(baseUrl !== undefined && { baseURL: baseUrl }),
    maxRetries: 0,
    // It would log answers.
    logLevel: 'off',
  });
  return providerGenerator('anthropic', configuration, async (request, { signal, fetch, soFar }) => {
    const asked: Anthropic.MessageCreateParamsNonStreaming = {
      model,
      max_tokens: request.maxOutputTokens,
      system: request.system,
      messages: request.messages.map(toMessage),
      tools: request.tools.map(({ name, description, inputSchema }) => ({
        name,
        description,
        input_schema: { ...inputSchema, type: 'object' },
      })),
    };
    const caller = client.withOptions({ fetch });
    const answer = request.stream
      ? await caller.messages
          .stream(asked, { signal })
          .on('streamEvent', (event) => follow(event, soFar))
          .finalMessage()
      : await caller.messages.create(asked, { signal });
    return toTurn(answer, asked);
  });
}

function follow(event: Anthropic.MessageStreamEvent, soFar: AnswerSoFar): void {
  if (event.type === 'message_start') soFar.inputTokens = event.message?.usage?.input_tokens;
  if (event.type === 'message_delta') soFar.outputTokens = event.usage?.output_tokens;
  if (event.type !== 'content_block_delta') return;
  const { delta } = event;
  if (delta?.type === 'text_delta') soFar.wrote(delta.text);
  if (delta?.type === 'input_json_delta') soFar.wrote(delta.partial_json);
}

function toMessage(message: GenerationMessage): Anthropic.MessageParam {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.text };
    case 'assistant':
      return {
        role: 'assistant',
        content: [
          // An empty block is refused.
          ...(message.text === '' ? [] : [{ type: 'text' as const, text: message.text }]),
          ...message.toolCalls.map(({ id, name, input }) => ({ type: 'tool_use' as const, id, name, input })),
        ],
      };
    case 'tools':
      return {
        role: 'user',
        content: message.results.map(({ callId, content, isError }) => ({
          type: 'tool_result' as const,
          tool_use_id: callId,
          content,
          is_error: isError,
        })),
      };
  }
}

function toTurn(answer: Anthropic.Message, asked: object): GenerationTurn {
  // Whatever claims to be the provider may answer anything; and a stream that was cut off has no reason to have stopped.
  if (!Array.isArray(answer.content) || !answer.stop_reason) throw new GenerationFailed('malformed');
  return {
    text: answer.content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n'),
    toolCalls: answer.content.flatMap((block) =>
      block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
    ),
    usage: countedUsage(
      { input: answer.usage?.input_tokens, output: answer.usage?.output_tokens },
      asked,
      answer.content,
    ),
    stop: stopOf(answer.stop_reason),
  };
}

function stopOf(reason: Anthropic.StopReason): GenerationTurn['stop'] {
  if (reason === 'tool_use') return 'tools';
  if (reason === 'refusal') return 'refusal';
  return reason === 'max_tokens' || reason === 'model_context_window_exceeded' ? 'length' : 'end';
}
