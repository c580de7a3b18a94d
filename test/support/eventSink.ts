import type { IncomingMessage } from '../../src/commands/incomingMessage.js';
import { startRecordingServer, testKeys } from './recordingServer.js';

/** A server as a client sees it, and what arrived of what the client sent. */
export interface EventSink {
  readonly url: string;
  readonly writeKey: string;
  /** Everything that arrived, in the order of its arrival. Throws where something was rejected. */
  arrived(): Promise<readonly IncomingMessage[]>;
  close(): Promise<void>;
}

export async function startEventSink(): Promise<EventSink> {
  const server = await startRecordingServer();
  return {
    url: server.url,
    writeKey: testKeys.write,
    async arrived() {
      const rejected = server.requests.flatMap((request) => request.rejected);
      if (rejected.length > 0) throw new Error(`${rejected.length} rejected, first: ${rejected[0]?.message}`);
      return server.messages();
    },
    close: server.close,
  };
}

/** Polls until `count` events have arrived; then those are all that have. */
export async function arrivals(sink: EventSink, count: number): Promise<readonly IncomingMessage[]> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const messages = await sink.arrived();
    if (messages.length >= count) return messages;
    if (Date.now() > deadline) throw new Error(`only ${messages.length} of ${count} events arrived`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
