import type { WebSocket } from '@fastify/websocket';
import { closeCodes, type LiveLimits } from './protocol.js';

/** Bytes: with this much unread, whoever has a choice waits before writing more. */
const highWater = 256 * 1024;

/** For a client to read its last frames and agree to the end; milliseconds. */
const closeTimeout = 5000;

/** One client's socket with its bounds: what waits for it, how much it says, and whether it is still there. */
export interface LiveConnection {
  /** Whether the frame is on its way; not once the connection is over. */
  send(frame: object): boolean;
  /** Whether the client reads more slowly than it is written to. */
  isBehind(): boolean;
  /** Resolves when it is no longer behind, or the connection is over: it ends where the client reads nothing at all. */
  drained(): Promise<void>;
  close(code: number, reason: string): void;
}

export interface ConnectionEvents {
  /** A text message within the limits. */
  onText(text: string): void;
  /** With each ping. */
  onTick(): void;
  onClose(): void;
  /** The last frame of a connection that the server ends: where the client may resume. */
  lastFrame(code: string): object;
}

export function openConnection(
  socket: WebSocket,
  limits: LiveLimits,
  events: ConnectionEvents,
): LiveConnection {
  let open = true;
  let answered = true;
  let flushed: Promise<void> = Promise.resolve();
  const allows = tokenBucket(limits.burst, limits.perSecond);

  function close(code: number, reason: string): void {
    if (!open) return;
    socket.send(JSON.stringify(events.lastFrame(reason)));
    finish();
    socket.close(code, reason);
    const ending = setTimeout(() => socket.terminate(), closeTimeout);
    socket.once('close', () => clearTimeout(ending));
  }

  function finish(): void {
    open = false;
    clearInterval(pinging);
    events.onClose();
  }

  const isBehind = () => socket.bufferedAmount > highWater;

  const pinging = setInterval(() => {
    if (!answered) {
      finish();
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
    events.onTick();
  }, limits.pingInterval);

  socket.on('pong', () => {
    answered = true;
  });
  socket.on('close', () => {
    if (open) finish();
  });
  socket.on('message', (data, isBinary) => {
    if (!open) return;
    answered = true;
    if (!allows(performance.now())) close(closeCodes.policyViolation, 'rate-limited');
    else if (isBinary) close(closeCodes.policyViolation, 'bad-request');
    else events.onText(data.toString());
  });

  return {
    send(frame) {
      if (open && socket.bufferedAmount > limits.bufferedBytes) close(closeCodes.tooSlow, 'too-slow');
      if (!open) return false;
      flushed = new Promise((resolve) => socket.send(JSON.stringify(frame), () => resolve()));
      return true;
    },
    isBehind,
    async drained() {
      if (!open || !isBehind()) return;
      const stalled = setTimeout(() => close(closeCodes.tooSlow, 'too-slow'), limits.stallTimeout);
      await flushed;
      clearTimeout(stalled);
    },
    close,
  };
}

/** @returns whether one more is allowed at a time given in milliseconds */
function tokenBucket(burst: number, perSecond: number): (now: number) => boolean {
  let tokens = burst;
  let last: number | undefined;
  return (now) => {
    tokens = Math.min(burst, tokens + ((now - (last ?? now)) / 1000) * perSecond);
    last = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
