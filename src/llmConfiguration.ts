import { z } from 'zod';
import type { ModelPrice } from './commands/help/modelPrices.js';
import { ConfigurationError } from './configurationError.js';

const secret = z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'must be printable, without blanks');

export const llmEnvironment = {
  WAYMARK_LLM: z.string().max(2000).default('templates'),
  ANTHROPIC_API_KEY: secret.optional(),
  ANTHROPIC_BASE_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
};

/** A model that writes help. Holds a secret. */
export interface ModelConfiguration {
  readonly provider: 'anthropic' | 'openai';
  readonly model: string;
  /** Null where none is given. */
  readonly price: ModelPrice | null;
  readonly apiKey: string;
  /** Undefined: the provider's own. */
  readonly baseUrl: string | undefined;
}

const entry = /^([a-z]+):([^\s=]{1,100})(?:=(\d{1,6}(?:\.\d{1,6})?)\/(\d{1,6}(?:\.\d{1,6})?))?$/;
const mostModels = 8;

/**
 * In the order in which they are asked; the templates come last, named or not. `=<input>/<output>` after a name is the price in
 * US dollars for a million tokens. @throws ConfigurationError
 */
export function modelsOf(data: {
  readonly WAYMARK_LLM?: string | undefined;
  readonly ANTHROPIC_API_KEY?: string | undefined;
  readonly ANTHROPIC_BASE_URL?: string | undefined;
  readonly OPENAI_API_KEY?: string | undefined;
  readonly OPENAI_BASE_URL?: string | undefined;
}): readonly ModelConfiguration[] {
  const entries = (data.WAYMARK_LLM ?? 'templates').split(',').map((text) => text.trim());
  const named = entries.at(-1) === 'templates' ? entries.slice(0, -1) : entries;
  const names = named.map((text) => text.split('=', 1)[0]);
  if (new Set(names).size !== names.length || names.length > mostModels)
    throw new ConfigurationError(`WAYMARK_LLM: name each model once, ${mostModels} at most`);
  return named.map((text) => {
    const [, provider, model, input, output] = entry.exec(text) ?? [];
    if (model === undefined || (provider !== 'anthropic' && provider !== 'openai'))
      throw new ConfigurationError(
        'WAYMARK_LLM: list anthropic:<model> and openai:<model> in the order in which they are asked, with commas between, each with its price in dollars for a million tokens read and written where a budget in money is to hold (`openai:<model>=0.5/1.5`); `templates` can only come last',
      );
    const [apiKey, baseUrl] =
      provider === 'anthropic'
        ? [data.ANTHROPIC_API_KEY, data.ANTHROPIC_BASE_URL]
        : [data.OPENAI_API_KEY, data.OPENAI_BASE_URL];
    if (apiKey === undefined)
      throw new ConfigurationError(
        `WAYMARK_LLM names ${provider}, which needs ${provider.toUpperCase()}_API_KEY; a server that asks for none takes any`,
      );
    const price = input === undefined ? null : { input: Number(input), output: Number(output) };
    return { provider, model, price, apiKey, baseUrl };
  });
}
