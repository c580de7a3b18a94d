import { OpenAI } from 'openai';
import CircuitBreaker from 'opossum';
import type { Embeddings } from '../../commands/help/knowledge.js';

export interface EmbeddingsConfiguration {
  readonly apiKey: string;
  /** Of OpenAI itself, or of a server that speaks the same; undefined: OpenAI's. */
  readonly baseUrl: string | undefined;
  readonly model: string;
}

/** Calls at the same time; more are refused at once. */
const concurrency = 16;
/** Of ten seconds: the breaker opens when half of the calls failed, and there were this many. */
const fewestCalls = 3;
/** Milliseconds that it stays open before one call is let through. */
const rest = 10_000;
/** Numbers of one vector; no model gives more. */
const longestVector = 8192;

export interface OpenaiEmbeddings extends Embeddings {
  close(): void;
}

/** `POST /embeddings` as OpenAI documents it and compatible servers answer it, one try a call. */
export function openaiEmbeddings({ apiKey, baseUrl, model }: EmbeddingsConfiguration): OpenaiEmbeddings {
  const client = new OpenAI({ apiKey, baseURL: baseUrl ?? null, maxRetries: 0 });
  const call = async (texts: readonly string[], patience: number) => {
    // Compatible servers need not know the SDK's own default, base64.
    const { data } = await client.embeddings.create(
      { model, input: [...texts], encoding_format: 'float' },
      // The SDK's own time-out ends with the answer's head; the signal covers its body as well.
      { signal: AbortSignal.timeout(patience) },
    );
    return inOrder(data, texts.length);
  };
  const breaker: CircuitBreaker<Parameters<typeof call>, readonly Float32Array[]> = new CircuitBreaker(call, {
    timeout: false,
    capacity: concurrency,
    volumeThreshold: fewestCalls,
    resetTimeout: rest,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    // What found no room says nothing of the provider; a half-open breaker would take it for an answer.
    errorFilter: (error: Error) => CircuitBreaker.isOurError(error) && !breaker.halfOpen,
  });
  return {
    model,
    embed: (texts, patience) => breaker.fire(texts, patience),
    close: () => breaker.shutdown(),
  };
}

/** @throws where the answer is not one vector for each text, all of one length */
function inOrder(
  data: readonly { readonly index: number; readonly embedding: readonly number[] }[],
  count: number,
): readonly Float32Array[] {
  const vectors = [...data]
    .sort((a, b) => a.index - b.index)
    .map(({ embedding }) => Float32Array.from(embedding));
  const [first] = vectors;
  const length = first?.length ?? 0;
  const isWhole =
    vectors.length === count &&
    length > 0 &&
    length <= longestVector &&
    vectors.every((vector) => vector.length === length && vector.every(Number.isFinite));
  if (!isWhole) throw new Error('the provider answered with other vectors than were asked for');
  return vectors;
}
