import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * What the network does to new and to open connections: `open` passes everything on, `slow` each piece after a delay,
 * `silent` accepts and loses everything, `held` keeps everything until it is open again, `refused` does not listen,
 * `reset` accepts and resets.
 */
export type NetworkState = 'open' | 'slow' | 'silent' | 'held' | 'refused' | 'reset';

export interface TcpProxy {
  readonly port: number;
  set(state: NetworkState): Promise<void>;
  /**
   * Comes to `state` when a piece from a client comes that `matches`, or where it is to be passed on, when the answer to
   * it comes, which is then the first that suffers. `blip` resets what is open once and stays open.
   * @returns whether it has happened
   */
  when(
    matches: (piece: Buffer) => boolean,
    state: NetworkState | 'blip',
    options: { readonly passOn: boolean },
  ): { readonly happened: Promise<void>; readonly hasHappened: () => boolean };
  close(): Promise<void>;
}

interface Connection {
  /** Called at the next piece that comes from the server. */
  answered: (() => void) | undefined;
}

/** Stands between a client and a server on this machine and breaks what a test asks it to break. */
export async function startTcpProxy(
  targetPort: number,
  { delay = 300 }: { readonly delay?: number } = {},
): Promise<TcpProxy> {
  let state: NetworkState = 'open';
  let watched: ((piece: Buffer, connection: Connection) => void) | undefined;
  const sockets = new Set<Socket>();
  let kept: (() => void)[] = [];
  const resetAll = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };

  function pass(from: Socket, to: Socket, look: (piece: Buffer) => void): void {
    from.on('data', (piece) => {
      const passOn = () => void (to.writable && to.write(piece));
      look(piece);
      if (state === 'held') kept.push(passOn);
      else if (state === 'slow') setTimeout(passOn, delay);
      else if (state !== 'silent') passOn();
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
    const connection: Connection = { answered: undefined };
    pass(client, upstream, (piece) => watched?.(piece, connection));
    pass(upstream, client, () => {
      connection.answered?.();
      connection.answered = undefined;
    });
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    // A server on a port has an address of this kind.
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);

  async function set(next: NetworkState): Promise<void> {
    state = next;
    if (next === 'refused' && server.listening) {
      const closed = once(server, 'close');
      server.close();
      resetAll();
      await closed;
    }
    if (next === 'reset') resetAll();
    if (next !== 'refused' && !server.listening) await listen(port);
    if (next === 'open') for (const passOn of kept.splice(0)) passOn();
    else if (next !== 'held') kept = [];
  }

  return {
    port,
    set,
    when(matches, next, { passOn }) {
      let hasHappened = false;
      const happened = new Promise<void>((resolve) => {
        const happen = () => {
          hasHappened = true;
          if (next === 'blip') resetAll();
          else void set(next);
          resolve();
        };
        watched = (piece, connection) => {
          if (!matches(piece)) return;
          watched = undefined;
          if (passOn) connection.answered = happen;
          else happen();
        };
      });
      return { happened, hasHappened: () => hasHappened };
    },
    async close() {
      // Not reset: a socket that is reset while it is being shut down keeps Node 20 from ending.
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
