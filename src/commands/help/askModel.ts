import { setTimeout as pause } from 'node:timers/promises';
import {
  GenerationFailed,
  type GenerationRequest,
  type GenerationTurn,
  type TextGenerator,
} from '../textGenerator.js';

/** Milliseconds before another try where the provider wishes for none. */
const shortPause = 200;
/** Milliseconds that an answer takes at least: with less time left there is no other try. */
const shortestAnswer = 500;

/**
 * One turn of a model, tried once more where the failure may pass and the provider's wish for a pause leaves time.
 * @param deadline epoch milliseconds; the signal aborts then
 * @throws GenerationFailed
 */
export async function askModel(
  generator: TextGenerator,
  request: GenerationRequest,
  { deadline, signal, now }: { deadline: number; signal: AbortSignal; now: () => number },
): Promise<GenerationTurn> {
  try {
    return await generator.generate(request, signal);
  } catch (error) {
    if (!(error instanceof GenerationFailed) || !error.isPassing) throw error;
    const wait = error.retryAfter ?? shortPause;
    if (now() + wait + shortestAnswer > deadline) throw error;
    await pause(wait, undefined, { signal }).catch(() => {
      throw error;
    });
    return generator.generate(request, signal);
  }
}
