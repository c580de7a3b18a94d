import { z } from 'zod';
import { ConfigurationError } from './configurationError.js';

const model = /^openai:(\S{1,100})$/;

export const embeddingsEnvironment = {
  WAYMARK_EMBEDDINGS: z
    .string()
    .regex(model, 'must name a model as openai:<model>, such as openai:text-embedding-3-small')
    .optional(),
  OPENAI_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/, 'must be printable, without blanks')
    .optional(),
  OPENAI_BASE_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
};

/** Who gives documents a place by what they mean. Holds a secret. */
export interface EmbeddingsConfiguration {
  readonly model: string;
  readonly apiKey: string;
  /** Undefined: OpenAI's own. */
  readonly baseUrl: string | undefined;
}

/** Undefined: knowledge is searched by words alone. @throws ConfigurationError */
export function embeddingsOf({
  WAYMARK_EMBEDDINGS,
  OPENAI_API_KEY,
  OPENAI_BASE_URL,
}: {
  readonly [N in keyof typeof embeddingsEnvironment]?: string | undefined;
}): EmbeddingsConfiguration | undefined {
  const [, name] = model.exec(WAYMARK_EMBEDDINGS ?? '') ?? [];
  if (name === undefined) return undefined;
  if (OPENAI_API_KEY === undefined)
    throw new ConfigurationError(
      'WAYMARK_EMBEDDINGS needs OPENAI_API_KEY; a server that asks for none takes any',
    );
  return { model: name, apiKey: OPENAI_API_KEY, baseUrl: OPENAI_BASE_URL };
}
