// Runs compiled test files, all or those that are named, and adds up what they report. Each has a process of its own, but
// unit tests share one by folder: most take less time than it takes to load what they need.
// Not `tap`, whose runner hooks into every module that a test loads: on Node 20 that takes longer than most tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const jobs = 3;
/** Seconds that a process may take whose test sets no limit of its own. */
const timeout = 180;
/** Milliseconds after which a process is killed that does not even notice its own limit. */
const lastLimit = 900_000;

const total = { total: 0, pass: 0, fail: 0, skip: 0 };
const named = process.argv.slice(2);
const groups = grouped(named.length > 0 ? named : allTests()).entries();
// Each job takes the next group when it is done with one.
await Promise.all(Array.from({ length: jobs }, runGroups));
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

/** By what is reported of them. */
function grouped(files) {
  const groups = new Map();
  for (const file of files) {
    const name = /^build\/test\/unit\/\w+\//.exec(file)?.[0] ?? file;
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  return groups;
}

async function runGroups() {
  for (const [name, files] of groups) await runGroup(name, files);
}

async function runGroup(name, files) {
  const started = performance.now();
  const { output, failure } = await outputOf(files);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const counted = [...output.matchAll(/^# \{ (total: .*) \}$/gm)].at(-1)?.[1] ?? '';
  for (const what of Object.keys(total)) {
    total[what] += Number(new RegExp(`${what}: (\\d+)`).exec(counted)?.[1] ?? 0);
  }
  const isCounted = /^total: [1-9]/.test(counted);
  if (failure === undefined && isCounted) {
    console.log(`ok ${name} ${seconds} s`);
    for (const [line] of output.matchAll(/^.*# SKIP.*$/gm)) console.log(line);
    return;
  }
  if (!/fail: [1-9]/.test(counted)) total.fail += 1;
  console.log(`${output}not ok ${name} ${seconds} s: ${failure ?? 'it reported no result'}`);
}

/** What they printed, and how they failed if they did. */
async function outputOf(files) {
  const child = spawn(process.execPath, ['scripts/inTurn.mjs', ...files], {
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
