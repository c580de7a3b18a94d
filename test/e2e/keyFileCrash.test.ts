import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openKeyStore } from '../../src/integrations/embedded/keyFile.js';
import { localRootKey } from '../../src/integrations/embedded/localRootKey.js';
import { seededRandom } from '../support/seededRandom.js';
import { testFolder } from '../support/testFolder.js';

const child = fileURLToPath(new URL('../support/keyFileChild.js', import.meta.url));
const seed = Number(process.env.SEED ?? randomInt(1_000_000_000));
const rounds = 10;
/** In these it is killed at a step of a rotation, in the others after some lines. */
const roundsOfRotation = [3, 7];

t.test(
  `kill -9 among openings, destroyings and rotations (SEED=${seed})`,
  { timeout: 120_000 },
  async (t) => {
    const folder = testFolder(t);
    const random = seededRandom(seed);
    const keys = new Map<string, string>();
    const destroyed = new Set<string>();
    const begun = new Set<string>();
    let rotations = 0;

    for (let round = 0; round < rounds; round++) {
      const when = roundsOfRotation.includes(round) ? 'rewrapped' : 1 + random(250);
      await runAndKill(folder, random(1_000_000), when, (line) => {
        const [what, subject = '', version = '', key = ''] = line.split(' ');
        if (what === 'open') keys.set(`${subject} ${version}`, key);
        if (what === 'destroying') begun.add(subject);
        if (what === 'destroyed') destroyed.add(subject);
        if (what === 'rotated') rotations += 1;
      });
      const store = await openKeyStore({
        folder,
        rootKey: localRootKey(Buffer.alloc(32, 1)),
        clock: Date.now,
      });
      const wrong: string[] = [];
      for (const subject of destroyed) {
        if ((await store.find('acme', subject))?.is !== 'destroyed')
          wrong.push(`${subject} is not destroyed`);
      }
      for (const [name, key] of keys) {
        const [subject = '', version] = name.split(' ');
        const state = await store.find('acme', subject);
        if (state?.is === 'destroyed' && begun.has(subject)) continue;
        const found =
          state?.is === 'active' ? state.find(Number(version))?.key.export().toString('hex') : undefined;
        if (found !== key) wrong.push(`${name} is lost or another`);
      }
      t.strictSame(wrong, [], `round ${round}: what was acknowledged holds`);
      t.strictSame((await store.inspect()).problems, [], `round ${round}: every record is whole and opens`);
      await store.close();
    }
    t.ok(keys.size > 0 && destroyed.size > 0 && rotations > 0, 'the kills came among all kinds of work');
  },
);

/** Kills the process when it has said so many lines, or at a step; what it said up to then was acknowledged. */
async function runAndKill(
  folder: string,
  childSeed: number,
  when: number | 'rewrapped',
  onLine: (line: string) => void,
): Promise<void> {
  const running = spawn(process.execPath, [child, folder, String(childSeed), String(when)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = 0;
  const reader = createInterface(running.stdout).on('line', (line) => {
    onLine(line);
    said += 1;
    if (said === when) running.kill('SIGKILL');
  });
  const [[, signal]] = await Promise.all([once(running, 'exit'), once(reader, 'close')]);
  if (signal !== 'SIGKILL') throw new Error(`the process ended by itself after ${said} lines`);
}
