// Builds FerretDB (MongoDB's protocol on SQLite) into build/ferretdb, for the tests of the MongoDB adapters.
// Needs Go 1.24 or later; without it those tests say that they were skipped.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../test/support/ferretdb/', import.meta.url));
const program = fileURLToPath(new URL('../build/ferretdb', import.meta.url));
try {
  execFileSync('go', ['build', '-mod=readonly', '-trimpath', '-o', program, '.'], {
    cwd: source,
    stdio: 'inherit',
  });
} catch {
  console.error('The test server was not built: Go 1.24 or later is needed, and its reason stands above.');
  process.exit(1);
}
