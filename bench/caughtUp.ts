import type { ProcessorStatus } from '../src/processors/processor.js';
import { type ServerProcess, testAdminToken } from '../test/support/serverProcess.js';

const pollMilliseconds = 10;

export async function get<T>(server: ServerProcess, path: string, method = 'GET', body?: object): Promise<T> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${testAdminToken}`,
      ...(body === undefined ? undefined : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
  // A boundary: the published contract of the route.
  return (await response.json()) as T;
}

/** Polls until the processors satisfy the condition. @throws Error after `patience` milliseconds, naming those that do not */
export async function untilProcessors(
  server: ServerProcess,
  condition: (status: ProcessorStatus) => boolean,
  patience = 120_000,
): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    const { data } = await get<{ data: readonly ProcessorStatus[] }>(server, '/v1/processors');
    const open = data.filter((status) => !condition(status));
    if (data.length > 0 && open.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(
        `still behind: ${open.map(({ name, position }) => `${name} at ${position}`).join(', ')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

/** Resolves when every projection has seen the position. */
export function untilProjected(server: ServerProcess, position: bigint): Promise<void> {
  return untilProcessors(
    server,
    (status) =>
      status.kind !== 'projection' ||
      (status.position !== null && BigInt(status.position.split('/')[0] ?? '0') >= position),
  );
}
