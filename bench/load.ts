import { connect, type Socket } from 'node:net';

export interface LoadOptions {
  readonly port: number;
  /** Complete HTTP requests, built before the clock starts. */
  readonly requests: readonly Buffer[];
  readonly connections: number;
  /** Requests a second over all connections; undefined: as fast as answers come. */
  readonly rate?: number;
  /** The load ends here whatever is left. */
  readonly deadlineMilliseconds: number;
}

export interface LoadResult {
  readonly milliseconds: number;
  readonly answered: number;
  /** Answers other than 200, by status. */
  readonly refused: Readonly<Record<string, number>>;
  /** Milliseconds, sorted. */
  readonly latencies: Float64Array;
  /** The highest `position` among the last answers of each connection. */
  readonly position: bigint | undefined;
  /** Share of one core that this process used: near 1, the generator is what is measured. */
  readonly generatorLoad: number;
}

/**
 * Sends prebuilt requests over raw sockets, one at a time on each connection. Reads of an answer only its status, its
 * length and the position, so that the generator costs little.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const sockets = await Promise.all(
    Array.from({ length: Math.min(options.connections, options.requests.length) }, () => open(options.port)),
  );
  const latencies = new Float64Array(options.requests.length);
  const refused: Record<string, number> = {};
  let next = 0;
  let answered = 0;
  let position: bigint | undefined;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const deadline = startedAt + options.deadlineMilliseconds;

  /** When the request is due: a paced one that leaves late has waited since then. */
  const due = async (index: number): Promise<number> => {
    if (options.rate === undefined) return performance.now();
    const dueAt = startedAt + (1000 * index) / options.rate;
    const wait = dueAt - performance.now();
    if (wait <= 0) return dueAt;
    await new Promise((resolve) => setTimeout(resolve, wait));
    return performance.now();
  };

  const run = async (socket: Socket): Promise<void> => {
    const exchange = createExchange(socket);
    let last = '';
    while (next < options.requests.length && performance.now() < deadline) {
      const index = next;
      next += 1;
      const request = options.requests[index];
      if (request === undefined) break;
      const sentAt = await due(index);
      const { status, body } = await exchange(request);
      latencies[answered] = performance.now() - sentAt;
      answered += 1;
      last = body;
      if (status !== '200') refused[status] = (refused[status] ?? 0) + 1;
    }
    socket.destroy();
    const found = /"position":"(\d+)/.exec(last)?.[1];
    if (found !== undefined && (position === undefined || BigInt(found) > position)) position = BigInt(found);
  };
  await Promise.all(sockets.map(run));

  const milliseconds = performance.now() - startedAt;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    milliseconds,
    answered,
    refused,
    latencies: latencies.slice(0, answered).sort(),
    position,
    generatorLoad: (cpu.user + cpu.system) / 1000 / milliseconds,
  };
}

export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

interface Answer {
  readonly status: string;
  readonly body: string;
}

/** Writes a request and resolves with its answer; answers must carry a content-length. */
function createExchange(socket: Socket): (request: Buffer) => Promise<Answer> {
  let received = Buffer.alloc(0);
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const headerEnd = received.indexOf('\r\n\r\n');
    if (headerEnd < 0) return;
    const header = received.toString('latin1', 0, headerEnd);
    const length = /content-length: *(\d+)/i.exec(header)?.[1];
    if (length === undefined) {
      waiting?.reject(new Error('an answer has no content-length'));
      return;
    }
    const end = headerEnd + 4 + Number(length);
    if (received.length < end) return;
    const answer = { status: header.slice(9, 12), body: received.toString('utf8', headerEnd + 4, end) };
    received = received.subarray(end);
    waiting?.resolve(answer);
  });
  const fail = (): void => waiting?.reject(new Error('the server closed the connection'));
  socket.on('close', fail);
  socket.on('error', fail);
  return (request) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      socket.write(request);
    });
}
