import { createInterface } from 'node:readline';
import { openKeyStore } from '../../src/integrations/embedded/keyFile.js';
import { localRootKey } from '../../src/integrations/embedded/localRootKey.js';
import { seededRandom } from './seededRandom.js';

/**
 * A process that works on a key file until it is killed: opens, destroys and rotates, and says on its standard output
 * what was acknowledged: `open <subject> <version> <key>`, `destroyed <subject>`, `rotated`. With `rewrapped` it kills itself
 * in its first rotation, when all keys are wrapped anew and the older tenant key still stands.
 */
const [folder = '', seed = '0', deadly = ''] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const store = await openKeyStore({ folder, rootKey: localRootKey(Buffer.alloc(32, 1)), clock: Date.now });
const subjectOf = (n: number) => n.toString(16).padStart(32, '0');

async function openOne(): Promise<void> {
  const subject = subjectOf(random(400));
  const state = await store.open('acme', subject);
  if (state.is === 'active') {
    const { version, key } = state.current;
    console.log(`open ${subject} ${version} ${key.export().toString('hex')}`);
  }
}

async function destroyOne(): Promise<void> {
  const subject = subjectOf(random(400));
  console.log(`destroying ${subject}`);
  await store.destroy('acme', [subject], 1);
  console.log(`destroyed ${subject}`);
}

async function rotate(): Promise<void> {
  await store.rotateTenant('acme', (done, total) => {
    if (deadly === 'rewrapped' && done === total) process.kill(process.pid, 'SIGKILL');
  });
  console.log('rotated');
}

createInterface(process.stdin).on('close', () => process.exit(0));
for (;;) {
  const steps = Array.from({ length: 8 }, () => {
    const choice = random(20);
    if (choice === 0) return rotate();
    if (choice === 1) return destroyOne();
    if (choice === 2) return store.rotateData('acme', subjectOf(random(400)));
    return openOne();
  });
  await Promise.all(steps);
}
