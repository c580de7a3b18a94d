import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Longer than help may take. */
const answerAfter = 10_000;

export interface SlowModel {
  readonly url: string;
  /** Requests so far. */
  asked(): number;
  close(): void;
}

/** A language model that takes ten seconds for every other answer and never gives the rest. */
export async function startSlowModel(): Promise<SlowModel> {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume();
    asked += 1;
    if (asked % 2 === 0) return;
    const timer = setTimeout(() => response.writeHead(503).end(), answerAfter);
    response.once('close', () => clearTimeout(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked: () => asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
