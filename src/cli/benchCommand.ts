import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exitCodes } from './arguments.js';
import type { BenchInvocation } from './commands.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** `waymark bench`: builds and runs the benchmarks of the clone that this program is part of. */
export async function benchCommand(
  { command: _, ...given }: BenchInvocation,
  print: (text: string) => void,
): Promise<number> {
  if (!existsSync(`${repository}bench/main.ts`)) {
    print('The benchmarks are in the repository, not in this package: clone it and run `npm run bench`.');
    return exitCodes.wrong;
  }
  const parameters = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn('npm', ['run', '--silent', 'bench', '--', ...parameters], {
    cwd: repository,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : exitCodes.wrong;
}
