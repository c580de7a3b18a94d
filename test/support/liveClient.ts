import { once } from 'node:events';
import { WebSocket } from 'ws';

/** Any frame of `/v1/live`, as loosely as a client of unknown age would read it. */
export interface LiveFrame {
  readonly type: string;
  readonly position?: string | null;
  readonly channels?: readonly string[];
  readonly code?: string;
  readonly id?: string;
  readonly since?: string | null;
  readonly events?: number;
  readonly counts?: Readonly<Record<string, number>>;
  readonly message?: { readonly id: string; readonly title: string; readonly body: string };
  readonly event?: { readonly id: string; readonly type: string; readonly data: Record<string, unknown> };
  readonly subscriptions?: readonly {
    readonly channels: readonly string[];
    readonly position: string | null;
  }[];
}

export interface LiveClient {
  readonly socket: WebSocket;
  /** Everything received, in order. */
  readonly frames: readonly LiveFrame[];
  send(request: object | string): void;
  /** Resolves with the first frame received, earlier or from now on, that fits. */
  receive(fits: (frame: LiveFrame) => boolean): Promise<LiveFrame>;
  /** Resolves when the connection is over, with its close code. */
  readonly closed: Promise<number>;
  close(): Promise<void>;
}

const deadline = 20_000;

/** @param authorization a token, sent as browsers do (a subprotocol) or as servers do (a header) */
export async function connectLive(
  url: string,
  authorization: { readonly subprotocol: string } | { readonly bearer: string },
): Promise<LiveClient> {
  const address = `${url.replace('http', 'ws')}/v1/live`;
  const socket =
    'bearer' in authorization
      ? new WebSocket(address, { headers: { authorization: `Bearer ${authorization.bearer}` } })
      : new WebSocket(address, ['waymark.v1', `bearer.${authorization.subprotocol}`]);
  const frames: LiveFrame[] = [];
  const waiting = new Set<() => void>();
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve);
  });
  socket.on('message', (data) => {
    frames.push(JSON.parse(data.toString()));
    for (const look of waiting) look();
  });
  await once(socket, 'open');
  return {
    socket,
    frames,
    closed,
    send: (request) => socket.send(typeof request === 'string' ? request : JSON.stringify(request)),
    receive(fits) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`nothing that fits among ${frames.map(({ type }) => type).join(', ')}`));
        }, deadline);
        const look = () => {
          const found = frames.find(fits);
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
    async close() {
      socket.close();
      await closed;
    },
  };
}
