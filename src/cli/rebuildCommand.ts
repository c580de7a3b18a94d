import type { ProcessorStatus } from '../processors/processor.js';
import { exitCodes } from './arguments.js';
import type { RebuildInvocation } from './commands.js';
import { showProgress } from './progress.js';

/** The processors of the data folder or of a running server. */
export interface Rebuilding {
  /** Starts; resolves at once. @throws Error where there is no such projection */
  start(projection: string): Promise<void>;
  status(projection: string): Promise<ProcessorStatus | undefined>;
  close(): Promise<void>;
}

export interface RebuildParts {
  readonly openLocal: () => Promise<Rebuilding>;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly print: (text: string) => void;
}

const pollMilliseconds = 200;

/** `waymark rebuild`. Exit code 1 where the projection is unknown or the rebuild fails. */
export async function rebuildCommand(invocation: RebuildInvocation, parts: RebuildParts): Promise<number> {
  const { projection, server } = invocation;
  const target = server === undefined ? await parts.openLocal() : remoteRebuilding(server);
  try {
    await target.start(projection);
    const progress = showProgress(`Rebuilding ${projection}`, 100);
    try {
      for (;;) {
        const status = await target.status(projection);
        if (status === undefined || status.state === 'failed' || status.state === 'stopped') {
          parts.print(`The rebuild did not finish: ${status?.error ?? 'the processor has stopped'}`);
          return exitCodes.wrong;
        }
        if (status.state === 'running' && status.rebuildProgress === null) {
          parts.print(`${projection} is rebuilt and in use, at position ${status.position ?? 'none'}.`);
          return exitCodes.ok;
        }
        progress.update(Math.floor(100 * (status.rebuildProgress ?? 0)), '');
        await parts.sleep(pollMilliseconds);
      }
    } finally {
      progress.stop();
    }
  } finally {
    await target.close();
  }
}

function remoteRebuilding(server: { readonly url: string; readonly token: string }): Rebuilding {
  const request = async (method: string, path: string): Promise<unknown> => {
    const response = await fetch(`${server.url}/v1/processors${path}`, {
      method,
      headers: { authorization: `Bearer ${server.token}` },
      signal: AbortSignal.timeout(30_000),
    });
    if (response.ok) return response.json();
    await response.body?.cancel();
    throw new Error(
      response.status === 404
        ? 'the server has no such projection'
        : `the server answered ${response.status} to ${method} /v1/processors`,
    );
  };
  return {
    start: async (projection) => {
      await request('POST', `/${encodeURIComponent(projection)}/rebuild`);
    },
    status: async (projection) => {
      // A boundary: the published contract of this route.
      const { data } = (await request('GET', '')) as { data: readonly ProcessorStatus[] };
      return data.find((status) => status.name === projection);
    },
    close: async () => undefined,
  };
}
