import { randomUUID } from 'node:crypto';
import type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { type AppendAnswer, type AppendRequest, readAnswer, toMessage } from './appendRequests.js';
import { commandError } from './failures.js';

export type AppendStream = ReturnType<StreamsClient['batchAppend']>;

interface Waiting {
  readonly request: AppendRequest;
  readonly resolve: (answer: AppendAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One batch-append stream with those who wait for its answers. The client's own way keeps them in one map for the whole
 * process, where the failure of one connection rejects the appends of another and the answer that then finds nobody
 * waiting ends the process; it also waits for `drain` on streams that never drain. Here each stream knows its own,
 * an answer for nobody is passed over, and what may be written ahead is bounded by who calls.
 */
export class AppendSession {
  readonly #waiting = new Map<string, Waiting>();
  #failure: unknown;

  constructor(
    private readonly stream: AppendStream,
    onMessage: () => void,
    onEnd: () => void,
  ) {
    const fail = (error: unknown) => {
      this.#failure ??= error;
      for (const { reject } of this.#waiting.values()) reject(this.#failure);
      this.#waiting.clear();
      onEnd();
    };
    stream.on('data', (answer: BatchAppendResp) => {
      onMessage();
      this.#settle(answer);
    });
    stream.on('error', (error: unknown) => fail(commandError(error)));
    // A server that shuts down ends the stream without an error.
    stream.on('end', () => fail(new Error('the server ended the stream of appends')));
  }

  /** Rejects when the stream fails or `signal` aborts: then nobody knows whether the events were written. */
  append(request: AppendRequest, signal: AbortSignal): Promise<AppendAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      const forget = () => {
        this.#waiting.delete(id);
        reject(signal.reason);
      };
      signal.addEventListener('abort', forget, { once: true });
      const done = () => signal.removeEventListener('abort', forget);
      this.#waiting.set(id, {
        request,
        resolve: (answer) => {
          done();
          resolve(answer);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      this.stream.write(toMessage(id, request));
    });
  }

  cancel(): void {
    this.stream.cancel();
  }

  #settle(answer: BatchAppendResp): void {
    const id = answer.getCorrelationId()?.getString() || structuredId(answer);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    try {
      waiting.resolve(readAnswer(answer, waiting.request));
    } catch (error) {
      waiting.reject(error);
    }
  }
}

/** The server may answer with the id in two numbers. */
function structuredId(answer: BatchAppendResp): string {
  const structured = answer.getCorrelationId()?.getStructured();
  if (structured === undefined) return '';
  const hex = [structured.getMostSignificantBits(), structured.getLeastSignificantBits()]
    .map((half) => BigInt.asUintN(64, BigInt(half)).toString(16).padStart(16, '0'))
    .join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
