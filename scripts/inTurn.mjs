// Runs compiled test files in this process: their tests, one after the other.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, ...files] = process.argv.splice(1);
// tap names the folders of tests after the script and its arguments.
process.argv.push(files[0]);
for (const file of files) await import(pathToFileURL(resolve(file)).href);
