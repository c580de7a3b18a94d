import type { HelpPolicy } from '../../domain/helpPolicy/policy.js';
import type { ModelUse } from '../../domain/intervention/events.js';
import type { TextGenerator } from '../textGenerator.js';
import type { ModelBudget } from './modelBudget.js';

export interface AskModelsPorts {
  readonly budget: ModelBudget;
  /** Epoch milliseconds. */
  now(): number;
}

export interface ModelsRequest {
  readonly tenantId: string;
  readonly policy: Pick<HelpPolicy, 'budget' | 'models'>;
  /** Epoch milliseconds; nobody is asked after it, and who is being asked is told to stop. */
  readonly deadline: number;
  /** Asked in this order, until one has what is wanted. */
  readonly models: readonly TextGenerator[];
}

/** What came of asking one model: what it took, and why it is not used. */
type Attempt = ModelUse & { readonly reason: string | null };

/**
 * Asks one model after the other, each under the tenant's budget, passing over those whose provider rests. Rejects only where
 * `ask` does. The reason is the last one, as a code; null where there is a result.
 */
export async function askModels<T, A extends Attempt>(
  { budget, now }: AskModelsPorts,
  { tenantId, policy, deadline, models }: ModelsRequest,
  ask: (
    model: TextGenerator,
    signal: AbortSignal,
  ) => Promise<{ readonly result: T | null; readonly attempt: A }>,
): Promise<{ readonly result: T | null; readonly attempts: readonly A[]; readonly reason: string | null }> {
  const attempts: A[] = [];
  let reason = 'no-model';
  const stopping = new AbortController();
  const timer = setTimeout(() => stopping.abort(), Math.max(0, deadline - now()));
  try {
    for (const model of models) {
      if (stopping.signal.aborted) break;
      if (!model.isReady()) {
        reason = 'provider-resting';
        continue;
      }
      const reservation = await budget.reserve(tenantId, policy.budget, mostOf(model, policy));
      if (typeof reservation === 'string') {
        reason = reservation;
        continue;
      }
      const { result, attempt } = await ask(model, stopping.signal);
      const { inputTokens, outputTokens, microUsd } = attempt;
      reservation.settle({ tokens: inputTokens + outputTokens, microUsd: microUsd ?? 0 });
      attempts.push(attempt);
      if (result !== null) return { result, attempts, reason: null };
      reason = attempt.reason ?? reason;
    }
    return { result: null, attempts, reason };
  } finally {
    clearTimeout(timer);
  }
}

/** Those that the tenant wants, of those that there are. @param order names, `<provider>:<model>` */
export function modelsInOrder(
  models: readonly TextGenerator[],
  { order }: HelpPolicy['models'],
): readonly TextGenerator[] {
  if (order === null) return models;
  const named = new Map(models.map((model) => [nameOfModel(model), model]));
  return order.flatMap((name) => named.get(name) ?? []);
}

export function nameOfModel({ provider, model }: TextGenerator): string {
  return `${provider}:${model}`;
}

/** All tokens at the dearer of the two prices. */
function mostOf({ price }: TextGenerator, { models: { maxTokens } }: ModelsRequest['policy']) {
  return {
    tokens: maxTokens,
    microUsd: price && Math.ceil(maxTokens * Math.max(price.input, price.output)),
  };
}
