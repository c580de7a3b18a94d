import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { BSON } from 'mongodb';

export interface Command {
  /** For example `find`. */
  readonly name: string;
  readonly collection: unknown;
}

/** What the client is told in place of the server's answer; undefined leaves the answer as it is. */
export type Rewrite = (command: Command, answer: BSON.Document) => BSON.Document | undefined;

export interface MongoWire {
  readonly port: number;
  /** From now on; what was asked is carried out by the server all the same. */
  rewrite: Rewrite;
  close(): Promise<void>;
}

const messageOpcode = 2013;
/** Behind the header and the flags one section holds the body: a byte of its kind, and the document. */
const bodyAt = 21;

/** Stands between a client and a server that speak MongoDB's protocol, and answers in the server's place where it is told to. */
export async function startMongoWire(targetPort: number): Promise<MongoWire> {
  const sockets = new Set<Socket>();
  const wire = { rewrite: (() => undefined) as Rewrite };
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    const asked = new Map<number, Command>();
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    client.on(
      'data',
      inMessages((message) => {
        const body = bodyOf(message);
        const [name = ''] = Object.keys(body ?? {});
        if (body !== undefined) asked.set(message.readInt32LE(4), { name, collection: body[name] });
        upstream.write(message);
      }),
    );
    upstream.on(
      'data',
      inMessages((message) => {
        const command = asked.get(message.readInt32LE(8));
        asked.delete(message.readInt32LE(8));
        const body = bodyOf(message);
        const told = command && body && wire.rewrite(command, body);
        client.write(told === undefined ? message : withBody(message, told));
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(wire, {
    // A server on a port has an address of this kind.
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  });
}

/** The first four bytes of a message say how long it is. */
function inMessages(take: (message: Buffer) => void): (piece: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (piece) => {
    rest = Buffer.concat([rest, piece]);
    for (let length = 0; rest.length >= 4; rest = rest.subarray(length)) {
      length = rest.readInt32LE(0);
      if (rest.length < length) return;
      take(rest.subarray(0, length));
    }
  };
}

function bodyOf(message: Buffer): BSON.Document | undefined {
  if (message.readInt32LE(12) !== messageOpcode || message[bodyAt - 1] !== 0) return undefined;
  return BSON.deserialize(message.subarray(bodyAt, bodyAt + message.readInt32LE(bodyAt)));
}

function withBody(message: Buffer, body: BSON.Document): Buffer {
  const changed = Buffer.concat([message.subarray(0, bodyAt), BSON.serialize(body)]);
  changed.writeInt32LE(changed.length, 0);
  return changed;
}
