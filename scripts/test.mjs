// Runs compiled test files, all or those that are named, each in a process of its own, and adds up what they report.
// Not `tap`, whose runner hooks into every module that a test loads: on Node 20 that takes longer than most tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const jobs = 3;
/** Seconds that a file may take which does not set its own limit. */
const timeout = 180;
/** Milliseconds after which a file is killed that does not even notice its own limit. */
const lastLimit = 900_000;

const total = { total: 0, pass: 0, fail: 0, skip: 0 };
const named = process.argv.slice(2);
const files = (named.length > 0 ? named : allTests()).values();
// Each job takes the next file when it is done with one.
await Promise.all(Array.from({ length: jobs }, runFiles));
const counts = Object.entries(total).map(([name, count]) => `${name}: ${count}`);
console.log(`# { ${counts.join(', ')} }`);
process.exitCode = total.fail > 0 || total.pass === 0 ? 1 : 0;

function allTests() {
  const names = readdirSync('build/test', { recursive: true });
  return names
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => join('build/test', name));
}

async function runFiles() {
  for (const file of files) await runFile(file);
}

async function runFile(file) {
  const started = performance.now();
  const { output, failure } = await outputOf(file);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const counted = [...output.matchAll(/^# \{ (total: .*) \}$/gm)].at(-1)?.[1] ?? '';
  for (const name of Object.keys(total)) {
    total[name] += Number(new RegExp(`${name}: (\\d+)`).exec(counted)?.[1] ?? 0);
  }
  const isCounted = /^total: [1-9]/.test(counted);
  if (failure === undefined && isCounted) {
    console.log(`ok ${file} ${seconds} s`);
    for (const [line] of output.matchAll(/^.*# SKIP.*$/gm)) console.log(line);
    return;
  }
  if (!/fail: [1-9]/.test(counted)) total.fail += 1;
  console.log(`${output}not ok ${file} ${seconds} s: ${failure ?? 'it reported no result'}`);
}

/** What it printed, and how it failed if it did. */
async function outputOf(file) {
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TAP_TIMEOUT: `${timeout}` },
    timeout: lastLimit,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const [code, signal] = await once(child, 'close');
  return { output, failure: code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}` };
}
