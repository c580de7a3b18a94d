import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProviderRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ProviderReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
}

/** Undefined: no answer, until the server is closed. */
export type ProviderBehaviour = (request: ProviderRequest) => ProviderReply | undefined;

/** A provider's HTTP API on this machine, which answers as it is told and remembers what it was asked. */
export async function startProviderServer(first: ProviderBehaviour) {
  const requests: ProviderRequest[] = [];
  const state = { behaviour: first };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString('latin1');
    const { method = '', url: path = '', headers } = request;
    const asked = { method, path, headers, body };
    requests.push(asked);
    const reply = state.behaviour(asked);
    if (reply === undefined) return;
    const text = typeof reply.body === 'object' ? JSON.stringify(reply.body) : (reply.body ?? '');
    response.writeHead(reply.status, reply.headers).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A boundary: a TCP server's address, by Node's documentation.
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    requests,
    behave(behaviour: ProviderBehaviour) {
      state.behaviour = behaviour;
    },
    /** Breaks the calls that were not answered. */
    hangUp: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export type ProviderServer = Awaited<ReturnType<typeof startProviderServer>>;
