import type { MessagePort, Worker } from 'node:worker_threads';
import { CodedError, errorTitles } from '../domain/errors.js';
import { StreamDeleted } from '../eventStore/eventStore.js';

/** What one thread lets another call. Arguments and results are plain data. */
export type Callable<T> = { [Name in keyof T]: (...args: never[]) => Promise<unknown> };

/** An error on its way to another thread, which knows no classes. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: unknown;
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly args: unknown[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'news'; readonly news: unknown };

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * Calls between two threads of this program, in both directions, and news. All arrives in the order in which it was sent;
 * what the other end sends is of the types of this same program, so it is taken as it comes.
 * @param own what the other end may call
 */
export class ThreadCalls<Theirs extends Callable<Theirs>, News> {
  readonly #pending = new Map<number, Pending>();
  #calls = 0;

  constructor(
    readonly port: MessagePort | Worker,
    own: Callable<object>,
    onNews: (news: News) => void,
  ) {
    const methods = new Map(Object.entries(own as Record<string, (...args: unknown[]) => Promise<unknown>>));
    const answer = async (id: number, method: string, args: unknown[]) => {
      try {
        const value = await methods.get(method)?.(...args);
        this.#send({ kind: 'answer', id, value });
      } catch (error) {
        this.#send({ kind: 'failure', id, failure: failureOf(error) });
      }
    };
    port.on('message', (message: Message) => {
      if (message.kind === 'news') onNews(message.news as News);
      else if (message.kind === 'call') void answer(message.id, message.method, message.args);
      else {
        const pending = this.#pending.get(message.id);
        this.#pending.delete(message.id);
        if (message.kind === 'answer') pending?.resolve(message.value);
        else pending?.reject(errorOf(message.failure));
      }
    });
  }

  call<Name extends keyof Theirs & string>(
    method: Name,
    ...args: Parameters<Theirs[Name]>
  ): ReturnType<Theirs[Name]> {
    const id = this.#calls++;
    const answered = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#send({ kind: 'call', id, method, args });
    return answered as ReturnType<Theirs[Name]>;
  }

  tell(news: News): void {
    this.#send({ kind: 'news', news });
  }

  /** The other thread is gone: nothing of what is under way will be answered. */
  abandon(reason: Error): void {
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  #send(message: Message): void {
    this.port.postMessage(message);
  }
}

export function failureOf(error: unknown): Failure {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack, code: error instanceof Error && 'code' in error ? error.code : undefined };
}

/** Of those that are told apart by their class, one of it. */
export function errorOf({ name, message, stack, code }: Failure): Error {
  if (code === 'stream-deleted') return new StreamDeleted();
  if (isErrorCode(code)) return new CodedError(code, message);
  return Object.assign(new Error(message), { name, stack, ...(code === undefined ? {} : { code }) });
}

function isErrorCode(code: unknown): code is keyof typeof errorTitles {
  return typeof code === 'string' && code in errorTitles;
}
