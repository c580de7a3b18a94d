import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * What the network does to new and to open connections: `open` passes everything on, `slow` each piece after a delay,
 * `silent` accepts and passes nothing on, `refused` does not listen, `reset` accepts and resets.
 */
export type NetworkState = 'open' | 'slow' | 'silent' | 'refused' | 'reset';

export interface TcpProxy {
  readonly port: number;
  set(state: NetworkState): Promise<void>;
  /** Resets what is open when the next piece from a client comes that `matches`, after passing it on if asked to. */
  cutWhen(matches: (piece: Buffer) => boolean, options: { readonly passOn: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** Stands between a client and a server on this machine and breaks what a test asks it to break. */
export async function startTcpProxy(
  targetPort: number,
  { delay = 300 }: { readonly delay?: number } = {},
): Promise<TcpProxy> {
  let state: NetworkState = 'open';
  let cut: { matches(piece: Buffer): boolean; passOn: boolean; done(): void } | undefined;
  const sockets = new Set<Socket>();
  const resetAll = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

  function pass(from: Socket, to: Socket, fromClient: boolean): void {
    from.on('data', (piece) => {
      if (state === 'silent') return;
      if (fromClient && cut?.matches(piece)) {
        const { passOn, done } = cut;
        cut = undefined;
        if (passOn) to.write(piece, () => resetAll());
        else resetAll();
        done();
        return;
      }
      if (state === 'slow') setTimeout(() => to.writable && to.write(piece), delay);
      else to.write(piece);
    });
    from.on('close', () => to.destroy());
    from.on('error', () => to.destroy());
  }

  const server = createServer((client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('error', () => undefined);
    if (state === 'reset') {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(targetPort, '127.0.0.1');
    sockets.add(upstream);
    upstream.on('close', () => sockets.delete(upstream));
    pass(client, upstream, true);
    pass(upstream, client, false);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    // A server on a port has an address of this kind.
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);

  return {
    port,
    async set(next) {
      state = next;
      if (next === 'refused' && server.listening) {
        const closed = once(server, 'close');
        server.close();
        resetAll();
        await closed;
      }
      if (next === 'reset') resetAll();
      if (next !== 'refused' && !server.listening) await listen(port);
    },
    cutWhen(matches, { passOn }) {
      return new Promise((done) => {
        cut = { matches, passOn, done };
      });
    },
    async close() {
      resetAll();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
