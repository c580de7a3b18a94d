import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export const testWriteKey = 'wk_test_write_key_0123456789';
export const testAdminToken = 'wa_test_admin_token_0123456789';
/** As `npm start` sets it. */
const youngGeneration = ['--max-semi-space-size=64', '--min-semi-space-size=64'];

export interface ServerProcess {
  readonly url: string;
  readonly process: ChildProcess;
  output(): string;
  /** The exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/**
 * The real program in a process of its own, on a free port, ready to serve.
 * @param command what is run instead of it
 */
export async function startServerProcess(
  dataFolder: string,
  environment: Readonly<Record<string, string>> = {},
  command: readonly string[] = [program, 'serve'],
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...youngGeneration, ...command], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      WAYMARK_DATA: dataFolder,
      WAYMARK_WRITE_KEY: testWriteKey,
      WAYMARK_ADMIN_TOKEN: testAdminToken,
      LOG_LEVEL: 'warn',
      ...environment,
    },
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the server has no output');
  let output = '';
  let errors = '';
  stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const exited = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(stdout).on('line', (line) => {
      output += `${line}\n`;
      const address = /http:\/\/[\w.:[\]]+:\d+/.exec(line);
      if (address !== null) resolve(address[0]);
    });
    void exited.then(([code, signal]) =>
      reject(new Error(`the server exited with ${code ?? signal}:\n${output}${errors}`)),
    );
  });
  const gone = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const [code] = await exited;
    return code;
  };
  return {
    url,
    process: child,
    output: () => output + errors,
    stop: () => gone('SIGTERM'),
    kill: async () => {
      await gone('SIGKILL');
    },
  };
}
