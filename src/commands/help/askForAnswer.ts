import { z } from 'zod';
import type { ModelUse } from '../../domain/intervention/events.js';
import {
  GenerationFailed,
  type GenerationMessage,
  type TextGenerator,
  type TokenUsage,
  type ToolDefinition,
} from '../textGenerator.js';
import { askModel, type TurnLimits } from './askModel.js';
import { costOf } from './modelPrices.js';
import type { Prompt } from './prompts/prompt.js';

/** A question that is answered by one call of one tool. */
export interface Question<T> {
  readonly prompt: Prompt;
  readonly message: string;
  readonly tool: { readonly name: string; readonly description: string; readonly answer: z.ZodType<T> };
}

export interface QuestionLimits extends TurnLimits {
  readonly maxOutputTokens: number;
}

export interface Answered<T> {
  /** Null where no valid one came. */
  readonly answer: T | null;
  /** Why there is none, as a code. */
  readonly reason: string | null;
  readonly turns: number;
  readonly use: ModelUse;
}

/** An answer of another shape is told what is wrong with it, once. */
const mostTurns = 2;

/** Asks one model for an answer of one shape. Never rejects. */
export async function askForAnswer<T>(
  generator: TextGenerator,
  { prompt, message, tool }: Question<T>,
  limits: QuestionLimits,
): Promise<Answered<T>> {
  const definition: ToolDefinition = {
    name: tool.name,
    description: tool.description,
    inputSchema: z.toJSONSchema(tool.answer, { io: 'input' }),
  };
  const messages: GenerationMessage[] = [{ role: 'user', text: message }];
  const usage: TokenUsage = { inputTokens: 0, outputTokens: 0 };
  const begun = limits.now();
  let turns = 0;
  const ended = (answer: T | null, reason: string | null): Answered<T> => {
    const { provider, model, price } = generator;
    const use = {
      ...{ provider, model, promptVersion: prompt.version, ...usage },
      microUsd: costOf(price, usage),
      latency: limits.now() - begun,
    };
    return { answer, reason, turns, use };
  };
  try {
    while (turns < mostTurns) {
      const left = limits.maxTokens - usage.inputTokens - usage.outputTokens;
      if (left <= 0) return ended(null, 'token-limit');
      turns += 1;
      const request = {
        ...{ system: prompt.system, messages, tools: [definition], stream: true },
        maxOutputTokens: Math.min(left, limits.maxOutputTokens),
      };
      const turn = await askModel(generator, request, usage, limits);
      if (turn.stop === 'refusal') return ended(null, 'model-refused');
      const { text, toolCalls } = turn;
      const [call] = toolCalls;
      const parsed = tool.answer.safeParse(call?.name === tool.name ? call.input : undefined);
      if (parsed.success) return ended(parsed.data, null);
      messages.push({ role: 'assistant', text, toolCalls });
      const complaint = `Call ${tool.name} once, with an answer of its schema, and say nothing besides.`;
      messages.push(
        toolCalls.length === 0
          ? { role: 'user', text: complaint }
          : {
              role: 'tools',
              results: toolCalls.map(({ id }) => ({ callId: id, content: complaint, isError: true })),
            },
      );
    }
    return ended(null, 'malformed');
  } catch (error) {
    return ended(null, error instanceof GenerationFailed ? error.code : 'internal-error');
  }
}
