import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { CodedError, type ErrorCode, errorTitles } from '../domain/errors.js';
import type { SharedState } from '../sharedState/sharedState.js';
import { parsedMessage } from './parsedMessage.js';

/** Milliseconds until the answer has to be there. */
const patience = 10_000;
const topic = 'processor-calls';

/** What an operator asks of a processor that another instance may run. */
export interface ProcessorCall {
  readonly processor: string;
  readonly action: 'rebuild' | 'retry';
  /** Of the parked event to retry; empty for a rebuild. */
  readonly parkedId: string;
}

const calls = z.object({
  id: z.string(),
  processor: z.string(),
  action: z.enum(['rebuild', 'retry']),
  parkedId: z.string(),
});
const answers = z.object({
  id: z.string(),
  result: z.unknown().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});
type Answer = z.infer<typeof answers>;

/** Hands calls to whoever runs the processor. */
export class RemoteCalls {
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly #stopListening: readonly (() => void)[];

  constructor(
    readonly sharedState: SharedState,
    /** Undefined where this instance does not run the processor. */
    readonly carryOut: (call: ProcessorCall) => Promise<unknown> | undefined,
  ) {
    this.#stopListening = [
      sharedState.subscribe(topic, (message) => {
        const call = calls.safeParse(parsedMessage(message));
        if (call.success) this.#hear(call.data);
      }),
      sharedState.subscribe(`${topic}-answers`, (message) => {
        const answer = answers.safeParse(parsedMessage(message));
        if (answer.success) this.#waiting.get(answer.data.id)?.(answer.data);
      }),
    ];
  }

  /** @throws CodedError what the call threw there; `conflict` where nobody answered */
  async call(call: ProcessorCall): Promise<unknown> {
    const id = randomUUID();
    const answered = new Promise<Answer | undefined>((resolve) => {
      const timer = setTimeout(resolve, patience, undefined);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
    try {
      await this.sharedState.publish(topic, JSON.stringify({ id, ...call })).catch(() => {
        throw nobody();
      });
      const answer = await answered;
      if (answer === undefined) throw nobody();
      if (answer.error === undefined) return answer.result;
      const { code, message } = answer.error;
      throw new CodedError(isErrorCode(code) ? code : 'internal-error', message);
    } finally {
      this.#waiting.delete(id);
    }
  }

  close(): void {
    for (const stop of this.#stopListening) stop();
  }

  #hear({ id, ...call }: ProcessorCall & { readonly id: string }): void {
    const done = this.carryOut(call);
    if (done === undefined) return;
    done
      .then(
        (result): Answer => ({ id, result }),
        (error: unknown): Answer => ({ id, error: shown(error) }),
      )
      .then((answer) => this.sharedState.publish(`${topic}-answers`, JSON.stringify(answer)))
      .catch(() => undefined);
  }
}

function nobody(): CodedError {
  return new CodedError('conflict', 'The instance that runs this processor does not answer; try again.');
}

/** Errors of ours hold nothing personal; others may, and stay where they are. */
function shown(error: unknown): NonNullable<Answer['error']> {
  return error instanceof CodedError
    ? { code: error.code, message: error.message }
    : { code: 'internal-error', message: 'It failed on the instance that runs the processor.' };
}

function isErrorCode(code: string): code is ErrorCode {
  return code in errorTitles;
}
