import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { testAdminToken, testWriteKey } from './serverProcess.js';

const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export interface ProgramRun {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs the real program to its end, with nothing of the caller's configuration. */
export async function runProgram(
  parameters: readonly string[],
  dataFolder: string,
  input = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<ProgramRun> {
  const child = spawn(process.execPath, [program, ...parameters], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      LOG_LEVEL: 'warn',
      WAYMARK_DATA: dataFolder,
      WAYMARK_WRITE_KEY: testWriteKey,
      WAYMARK_ADMIN_TOKEN: testAdminToken,
      ...environment,
    },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  // A program that does not read its input closes it early, which is no concern of the test.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, output, errors };
}
