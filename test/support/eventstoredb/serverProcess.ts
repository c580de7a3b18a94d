import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./main.js', import.meta.url));

export interface EventStoreDbServerProcess {
  readonly url: string;
  readonly port: number;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** The test server in a process of its own, listening. */
export async function startEventStoreDbProcess(folder: string, port = 0): Promise<EventStoreDbServerProcess> {
  const child = spawn(process.execPath, [program, '--folder', folder, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [url] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(([code]) => Promise.reject(new Error(`the event store's server exited with ${code}`))),
  ])) as [string];
  return {
    url,
    port: Number(new URL(url).port),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await exited;
    },
  };
}
