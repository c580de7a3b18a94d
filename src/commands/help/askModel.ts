import { setTimeout as pause } from 'node:timers/promises';
import {
  GenerationFailed,
  type GenerationRequest,
  type GenerationTurn,
  type TextGenerator,
  type TokenUsage,
} from '../textGenerator.js';

/** Milliseconds before another try where the provider wishes for none. */
const shortPause = 200;
/** Milliseconds that an answer takes at least: with less time left there is no other try. */
const shortestAnswer = 500;

export interface TurnLimits {
  /** Tokens of the whole conversation, read and written. */
  readonly maxTokens: number;
  /** Epoch milliseconds; the signal aborts then. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  now(): number;
}

/**
 * One turn of a model, tried once more where the failure may pass, the provider's wish for a pause leaves time, and the first
 * try left tokens.
 * @param usage of the conversation; grows with each call, of those that fail by what they may have cost
 * @throws GenerationFailed
 */
export async function askModel(
  generator: TextGenerator,
  request: GenerationRequest,
  usage: TokenUsage,
  { maxTokens, deadline, signal, now }: TurnLimits,
): Promise<GenerationTurn> {
  try {
    return await counted(generator, request, usage, signal);
  } catch (error) {
    if (!(error instanceof GenerationFailed) || !error.isPassing) throw error;
    const wait = error.retryAfter ?? shortPause;
    const left = maxTokens - usage.inputTokens - usage.outputTokens;
    if (left <= 0 || now() + wait + shortestAnswer > deadline) throw error;
    await pause(wait, undefined, { signal }).catch(() => {
      throw error;
    });
    const maxOutputTokens = Math.min(left, request.maxOutputTokens);
    return counted(generator, { ...request, maxOutputTokens }, usage, signal);
  }
}

async function counted(
  generator: TextGenerator,
  request: GenerationRequest,
  usage: TokenUsage,
  signal: AbortSignal,
): Promise<GenerationTurn> {
  try {
    const turn = await generator.generate(request, signal);
    add(usage, turn.usage);
    return turn;
  } catch (error) {
    if (error instanceof GenerationFailed) add(usage, error.usageOf(request));
    throw error;
  }
}

function add(usage: TokenUsage, more: Readonly<TokenUsage> | undefined): void {
  if (more === undefined) return;
  usage.inputTokens += more.inputTokens;
  usage.outputTokens += more.outputTokens;
  if (more.estimated) usage.estimated = true;
}
