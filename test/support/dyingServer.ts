import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type ServerProcess, startServerProcess } from './serverProcess.js';

const program = fileURLToPath(new URL('./dyingServerChild.js', import.meta.url));

/**
 * What a server can be killed at. `appending` and `appended`: before and after an event of this wire name is recorded;
 * `deleting`: after documents of a read model that begins so were removed, the first of several perhaps.
 */
export type Step =
  | `appending ${string}`
  | `appended ${string}`
  | `deleting ${string}`
  | `putting ${string}`
  | 'ledger'
  | 'keys'
  | 'tombstone'
  | 'metadata'
  | 'export begun'
  | 'export half stored'
  | 'export stored';

export interface DyingServer extends ServerProcess {
  /** From now on it dies at this step. */
  dieAt(step: Step): Promise<void>;
  /** Resolves when it has died of SIGKILL; fails where it ended otherwise. */
  readonly died: Promise<void>;
}

/** The whole product in a process that kills itself with SIGKILL when a step of its work is done. */
export async function startDyingServer(dataFolder: string): Promise<DyingServer> {
  const server = await startServerProcess(dataFolder, {}, [program]);
  const child = server.process;
  const died = once(child, 'exit').then(([code, signal]) => {
    if (signal !== 'SIGKILL') throw new Error(`the server ended with ${code}:\n${server.output()}`);
  });
  died.catch(() => undefined);
  return {
    ...server,
    died,
    async dieAt(step) {
      child.send(step);
      await once(child, 'message');
    },
  };
}

/** Dies at this step by itself, of what it takes up again when it starts. */
export async function dieInRecovery(dataFolder: string, step: Step): Promise<void> {
  const server = await startServerProcess(dataFolder, {}, [program, step]).catch((error: unknown) => {
    // Killed before it served.
    if (error instanceof Error && error.message.includes('SIGKILL')) return undefined;
    throw error;
  });
  if (server === undefined || server.process.signalCode === 'SIGKILL') return;
  const [, signal] = await once(server.process, 'exit');
  if (signal !== 'SIGKILL') throw new Error(`the server ended by itself:\n${server.output()}`);
}
