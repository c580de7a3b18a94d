import type { ImportLine } from './lanes.js';
import type { SendBatch } from './runImport.js';

/** The server cannot be used, and trying again would not help or has not helped. */
export class ServerRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ServerRefused';
  }
}

export interface HttpSenderOptions {
  /** Without a slash at the end. */
  readonly url: string;
  readonly key: string;
  readonly signal: AbortSignal;
  /** Waits this many milliseconds, less when the signal aborts. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
}

type Answer = Awaited<ReturnType<SendBatch>>;

const timeoutMilliseconds = 60_000;
const maxAttempts = 10;
const maxBackoffMilliseconds = 30_000;

/**
 * Sends batches to a running server, at least once: a network failure, 408, 429 and 5xx are tried again after
 * `Retry-After`, else with growing, jittered waits. A batch that the server refuses as a whole (400, 413, 422) is
 * halved until the message that is to blame stands alone, which is then counted as rejected.
 */
export function createHttpSender(options: HttpSenderOptions): SendBatch {
  const contact = { made: false };
  const send: SendBatch = async (batch) => {
    const response = await postUntilAnswered(options, batch, contact);
    if (response.status === 200) return readAnswer(response);
    const refusal = await readProblem(response);
    if (![400, 413, 422].includes(response.status)) {
      throw new ServerRefused(`the server answered ${response.status}: ${refusal.message}`);
    }
    if (batch.length === 1) {
      return {
        accepted: 0,
        duplicates: 0,
        suppressed: 0,
        rejected: [{ index: 0, messageId: null, ...refusal }],
      };
    }
    const half = Math.ceil(batch.length / 2);
    const first = await send(batch.slice(0, half));
    return join(first, await send(batch.slice(half)), half);
  };
  return send;
}

async function postUntilAnswered(
  options: HttpSenderOptions,
  batch: readonly ImportLine[],
  contact: { made: boolean },
): Promise<Response> {
  const body = `{"batch":[${batch.map((line) => line.text).join(',')}]}`;
  for (let attempt = 1; ; attempt += 1) {
    options.signal.throwIfAborted();
    const outcome = await post(options, body);
    if (typeof outcome !== 'string') contact.made = true;
    else if (!contact.made)
      throw new ServerRefused(`${options.url} cannot be reached (${outcome}): is it running?`);
    if (typeof outcome !== 'string' && !isWorthRetrying(outcome.status)) return outcome;
    const what = typeof outcome === 'string' ? outcome : `status ${outcome.status}`;
    if (attempt === maxAttempts) {
      throw new ServerRefused(`the server could not be reached in ${maxAttempts} attempts (last: ${what})`);
    }
    const wanted = typeof outcome === 'string' ? undefined : retryAfter(outcome);
    // The body of an answer that is not read would keep its connection.
    if (typeof outcome !== 'string') await outcome.body?.cancel();
    await options.sleep(wanted ?? backoff(attempt, options.random()));
  }
}

/** The response, or what went wrong on the way. */
async function post(options: HttpSenderOptions, body: string): Promise<Response | string> {
  try {
    return await fetch(`${options.url}/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${options.key}` },
      body,
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : 'network failure';
  }
}

function isWorthRetrying(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** Milliseconds; `Retry-After` holds seconds or a date. */
function retryAfter(response: Response): number | undefined {
  const value = response.headers.get('retry-after');
  if (value === null) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(milliseconds)
    ? Math.min(Math.max(milliseconds, 0), 2 * maxBackoffMilliseconds)
    : undefined;
}

/** Exponential with full jitter, so that clients that failed together do not come back together. */
function backoff(attempt: number, random: number): number {
  return random * Math.min(250 * 2 ** attempt, maxBackoffMilliseconds);
}

async function readAnswer(response: Response): Promise<Answer> {
  // A boundary: the fields used are checked or have a default.
  const answer = (await response.json()) as Partial<Answer>;
  if (typeof answer.accepted !== 'number' || !Array.isArray(answer.rejected)) {
    throw new ServerRefused('the answer is not that of a Waymark server; check the address');
  }
  return {
    accepted: answer.accepted,
    duplicates: answer.duplicates ?? 0,
    suppressed: answer.suppressed ?? 0,
    rejected: answer.rejected,
  };
}

async function readProblem(response: Response): Promise<{ code: string; message: string }> {
  const problem: unknown = await response.json().catch(() => undefined);
  const field = (name: string): string | undefined => {
    if (typeof problem !== 'object' || problem === null) return undefined;
    const value = Object.entries(problem).find(([key]) => key === name)?.[1];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    code: field('code') ?? `status-${response.status}`,
    message: field('detail') ?? field('title') ?? 'no reason given',
  };
}

function join(first: Answer, second: Answer, offset: number): Answer {
  return {
    accepted: first.accepted + second.accepted,
    duplicates: first.duplicates + second.duplicates,
    suppressed: first.suppressed + second.suppressed,
    rejected: [
      ...first.rejected,
      ...second.rejected.map((rejected) => ({ ...rejected, index: rejected.index + offset })),
    ],
  };
}
