/**
 * In a turn of its own: to reset an HTTP/2 stream while its session is telling of a failure can keep the process busy
 * for ever (grpc/grpc-node#1464, #1652).
 */
export function cancelSoon(stream: { cancel(): void }): void {
  setImmediate(() => stream.cancel());
}
