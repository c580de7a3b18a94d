// Installs the locked dependencies when they are missing or older than the lock file.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const installed = 'node_modules/.package-lock.json';
const upToDate =
  existsSync(installed) && statSync(installed).mtimeMs >= statSync('package-lock.json').mtimeMs;
if (!upToDate) {
  console.log('Installing dependencies (npm ci) …');
  try {
    // The level is given, because a silent npm would keep the reason of a failure to itself.
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
  } catch {
    console.error('The dependencies could not be installed: npm says why above.');
    process.exit(1);
  }
}
