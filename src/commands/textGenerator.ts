import type { StrategyContent } from '../domain/strategy/definition.js';
import type { HelpBrief } from './help/composeText.js';
import type { ModelPrice } from './help/modelPrices.js';

/** What a model may call. It is told what is there to be read; none of it acts. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote it: to be validated. */
  readonly input: unknown;
}

export type GenerationMessage =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls: readonly ToolCall[] }
  | { readonly role: 'tools'; readonly results: readonly ToolResult[] };

export interface ToolResult {
  readonly callId: string;
  readonly content: string;
  readonly isError: boolean;
}

/** One turn of a conversation. */
export interface GenerationRequest {
  /** Never holds anything that a user typed. */
  readonly system: string;
  /** All that templates go by; absent for what only a model can answer. */
  readonly subject?: { readonly brief: HelpBrief; readonly content: StrategyContent };
  /** Begins with the user's. */
  readonly messages: readonly GenerationMessage[];
  readonly tools: readonly ToolDefinition[];
  readonly maxOutputTokens: number;
  /** Whether the answer is to come as it is written: silence is then told from slowness. */
  readonly stream: boolean;
}

export interface GenerationTurn {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly usage: Readonly<TokenUsage>;
  /** Why it ends: it said all, waits for tools, had no room, or does not want to. */
  readonly stop: 'end' | 'tools' | 'length' | 'refusal';
}

/** Tokens that were read and written. */
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
  /** Absent where the provider counted all of them. */
  estimated?: true;
}

/** The call that hands a text over. */
export const proposalTool = 'propose_intervention';

/** `timeout`: the provider was silent. `out-of-time`: the caller had no time left, though the provider may be well. */
export type GenerationFailure =
  | 'timeout'
  | 'out-of-time'
  | 'rate-limited'
  | 'overloaded'
  | 'provider-error'
  | 'interrupted'
  | 'unreachable'
  | 'malformed'
  | 'credentials-refused'
  | 'request-refused'
  | 'provider-resting'
  | 'nothing-to-say';

/** Those that pass by themselves: worth another try. */
const passing: ReadonlySet<GenerationFailure> = new Set([
  'rate-limited',
  'overloaded',
  'provider-error',
  'interrupted',
  'malformed',
]);

/** What a provider may charge for though no answer came of it: it had the question, and may have written all it was allowed to. */
const mayBeCharged: ReadonlySet<GenerationFailure> = new Set([
  'timeout',
  'out-of-time',
  'interrupted',
  'malformed',
]);

/** For what nobody counted: budgets hold all the same. About four characters a token. */
export function estimatedTokens(said: object | string): number {
  return Math.ceil((typeof said === 'string' ? said : JSON.stringify(said)).length / 4);
}

/** What a provider reads of a request. */
export function askedIn({ system, messages, tools }: GenerationRequest): object {
  return { system, messages, tools };
}

/** Holds nothing of what was asked or answered. */
export class GenerationFailed extends Error {
  override readonly name = 'GenerationFailed';

  constructor(
    readonly code: GenerationFailure,
    /** Milliseconds, as the provider wishes. */
    readonly retryAfter?: number,
    /** Of an answer that was begun. */
    private readonly begun?: Readonly<TokenUsage>,
  ) {
    super(`No text came of it: ${code}.`);
  }

  get isPassing(): boolean {
    return passing.has(this.code);
  }

  /** What the call may have cost: of an answer that was begun what came of it, of one that nobody saw the most that it can be. */
  usageOf(request: GenerationRequest): Readonly<TokenUsage> | undefined {
    if (this.begun !== undefined || !mayBeCharged.has(this.code)) return this.begun;
    return {
      inputTokens: estimatedTokens(askedIn(request)),
      outputTokens: request.maxOutputTokens,
      estimated: true,
    };
  }
}

/** Writes what is asked of it, one turn a call and one try a turn. Implementations pass `test/contracts/textGenerator.ts`. */
export interface TextGenerator {
  readonly provider: string;
  readonly model: string;
  /** Null where it is not known. */
  readonly price: ModelPrice | null;
  /** Whether a call would be let through now. */
  isReady(): boolean;
  /** @throws GenerationFailed, soon after the signal aborts at the latest */
  generate(request: GenerationRequest, signal: AbortSignal): Promise<GenerationTurn>;
}
