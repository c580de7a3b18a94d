import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A network between client and server that can fail. */
export interface Proxy {
  readonly port: number;
  readonly url: string;
  /** New connections are refused, those that exist are reset; `open` again ends it. */
  refuse(): Promise<void>;
  open(): Promise<void>;
  /** Resets every connection; new ones are served. */
  reset(): void;
  /** Takes what is sent and passes nothing on, in either direction, until told otherwise. */
  hold(isHeld: boolean): void;
  /** Nothing more is read of the connections that are open, so that whoever writes meets a full network; a reset ends it. */
  stall(): void;
  /** Bytes that came from the server. */
  received(): number;
  /** The server's side of every connection ends; what the client sends is taken and lost. */
  halfClose(): void;
  close(): Promise<void>;
}

export async function startProxy(target: () => number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const stalled = new WeakSet<Socket>();
  let isHeld = false;
  let received = 0;
  let server: Server;
  let port = 0;

  function serve(client: Socket): void {
    const upstream = connect(target(), '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [upstream, client]] as const) {
      from.on('data', (chunk) => {
        if (from === upstream) received += chunk.length;
        if (isHeld || to.destroyed || !to.writable || to.write(chunk)) return;
        from.pause();
        to.once('drain', () => {
          if (!stalled.has(from)) from.resume();
        });
      });
      from.on('end', () => to.end());
      from.on('error', () => undefined);
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  }

  function reset(): void {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  async function open(): Promise<void> {
    server = createServer(serve).listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  }

  async function refuse(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    reset();
    await closed;
  }

  await open();
  return {
    port,
    url: `esdb://127.0.0.1:${port}?tls=false`,
    refuse,
    open,
    reset,
    hold: (held) => {
      isHeld = held;
      // What was lost leaves HTTP/2 connections that cannot be used.
      if (!held) reset();
    },
    stall: () => {
      for (const socket of [...pairs].flat()) stalled.add(socket.pause());
    },
    received: () => received,
    halfClose: () => {
      for (const [client, upstream] of pairs) {
        client.end();
        upstream.pause();
      }
    },
    close: refuse,
  };
}
