import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./eventstoredb/main.js', import.meta.url));

export interface EventStoreDbProcess {
  readonly url: string;
  kill(): Promise<void>;
}

/** The test server for EventStoreDB's protocol in a process of its own, with its data in `folder`. */
export async function startEventStoreDbProcess(folder: string): Promise<EventStoreDbProcess> {
  const child = spawn(process.execPath, [program, '--folder', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    exited.then(([code]) => {
      throw new Error(`the test server ended with ${code}`);
    }),
  ]);
  return {
    url: String(line),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
