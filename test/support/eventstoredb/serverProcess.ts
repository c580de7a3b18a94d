import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./main.js', import.meta.url));

export interface EventStoreDbProcess {
  readonly url: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** The test server in a process of its own; keeps its data in the folder. */
export async function startEventStoreDbProcess(folder: string, port = 0): Promise<EventStoreDbProcess> {
  const child = spawn(process.execPath, [program, '--folder', folder, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const [url] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(([code]) => Promise.reject(new Error(`the test server exited with ${code}`))),
  ]);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  return { url: String(url), process: child, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}
