/** Millionths of a US dollar for a token that is read and one that is written: dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
}

/** Millionths of a US dollar, rounded up; null where nobody said what the model costs. */
export function costOf(
  price: ModelPrice | null,
  { inputTokens, outputTokens }: { readonly inputTokens: number; readonly outputTokens: number },
): number | null {
  return price && Math.ceil(inputTokens * price.input + outputTokens * price.output);
}
