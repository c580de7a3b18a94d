/** Millionths of a US dollar for a token that is read and one that is written. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
}

/** List prices as published, by the name without its date. */
const prices: Readonly<Record<string, ModelPrice>> = {
  'anthropic:claude-opus-4-5': { input: 5, output: 25 },
  'anthropic:claude-sonnet-4': { input: 3, output: 15 },
  'anthropic:claude-haiku-4-5': { input: 1, output: 5 },
  'openai:gpt-4o': { input: 2.5, output: 10 },
  'openai:gpt-4o-mini': { input: 0.15, output: 0.6 },
  'openai:gpt-4.1': { input: 2, output: 8 },
  'openai:gpt-4.1-mini': { input: 0.4, output: 1.6 },
  'openai:gpt-4.1-nano': { input: 0.1, output: 0.4 },
};

/** A name goes on with a date or `latest`; anything else is another model. */
const suffix = /^(?:-(?:\d[\d-]*|latest))?$/;

/** Null where it is not known. @param name `<provider>:<model>` */
export function priceOf(name: string): ModelPrice | null {
  for (const [known, price] of Object.entries(prices))
    if (name.startsWith(known) && suffix.test(name.slice(known.length))) return price;
  return null;
}

/** Millionths of a US dollar, rounded up. */
export function costOf(
  price: ModelPrice | null,
  { inputTokens, outputTokens }: { readonly inputTokens: number; readonly outputTokens: number },
): number | null {
  return price && Math.ceil(inputTokens * price.input + outputTokens * price.output);
}
