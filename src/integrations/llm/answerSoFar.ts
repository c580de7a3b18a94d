import {
  askedIn,
  estimatedTokens,
  type GenerationRequest,
  type TokenUsage,
} from '../../commands/textGenerator.js';

/** What is known of an answer while it is streamed. Counts are as the provider gave them, the last of each. */
export class AnswerSoFar {
  inputTokens: unknown;
  outputTokens: unknown;
  #written = '';

  wrote(part: unknown): void {
    if (typeof part === 'string') this.#written += part;
  }

  /** Undefined where nothing of it came. Of one that was begun and says nothing yet, the most that it can be. */
  usage(request: GenerationRequest): TokenUsage | undefined {
    const input = countOf(this.inputTokens);
    const output = countOf(this.outputTokens);
    if (input === undefined && output === undefined && this.#written === '') return undefined;
    const most = request.maxOutputTokens;
    const written = this.#written === '' ? most : Math.min(estimatedTokens(this.#written), most);
    return usageFrom([input, () => estimatedTokens(askedIn(request))], [output, () => written]);
  }
}

/**
 * What a provider counted, or what it should have: some count nothing, and whoever speaks the protocol may answer anything, which
 * would let budgets be overdrawn.
 */
export function countedUsage(
  counted: { readonly input: unknown; readonly output: unknown },
  asked: object,
  answer: object,
): TokenUsage {
  return usageFrom(
    [countOf(counted.input), () => estimatedTokens(asked)],
    [countOf(counted.output), () => estimatedTokens(answer)],
  );
}

type CountOr = readonly [counted: number | undefined, estimate: () => number];

function usageFrom([input, estimateInput]: CountOr, [output, estimateOutput]: CountOr): TokenUsage {
  return {
    inputTokens: input ?? estimateInput(),
    outputTokens: output ?? estimateOutput(),
    ...((input === undefined || output === undefined) && { estimated: true as const }),
  };
}

function countOf(counted: unknown): number | undefined {
  return typeof counted === 'number' && Number.isSafeInteger(counted) && counted >= 0 ? counted : undefined;
}
