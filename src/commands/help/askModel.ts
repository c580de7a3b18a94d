import { setTimeout as pause } from 'node:timers/promises';
import {
  estimatedTokens,
  GenerationFailed,
  type GenerationRequest,
  type GenerationTurn,
  mayBeCharged,
  type TextGenerator,
} from '../textGenerator.js';

/** Milliseconds before another try where the provider wishes for none. */
const shortPause = 200;
/** Milliseconds that an answer takes at least: with less time left there is no other try. */
const shortestAnswer = 500;

/** Tokens. Grows with each call of a conversation, of those that fail by what they were sent, estimated. */
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
}

export interface TurnLimits {
  /** Epoch milliseconds; the signal aborts then. */
  readonly deadline: number;
  readonly signal: AbortSignal;
  now(): number;
}

/**
 * One turn of a model, tried once more where the failure may pass and the provider's wish for a pause leaves time.
 * @throws GenerationFailed
 */
export async function askModel(
  generator: TextGenerator,
  request: GenerationRequest,
  usage: TokenUsage,
  { deadline, signal, now }: TurnLimits,
): Promise<GenerationTurn> {
  try {
    return await counted(generator, request, usage, signal);
  } catch (error) {
    if (!(error instanceof GenerationFailed) || !error.isPassing) throw error;
    const wait = error.retryAfter ?? shortPause;
    if (now() + wait + shortestAnswer > deadline) throw error;
    await pause(wait, undefined, { signal }).catch(() => {
      throw error;
    });
    return counted(generator, request, usage, signal);
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
    usage.inputTokens += turn.usage.inputTokens;
    usage.outputTokens += turn.usage.outputTokens;
    return turn;
  } catch (error) {
    if (error instanceof GenerationFailed && mayBeCharged.has(error.code)) {
      const { system, messages, tools } = request;
      usage.inputTokens += estimatedTokens({ system, messages, tools });
    }
    throw error;
  }
}
