import { exitCodes } from './arguments.js';
import type { RotateInvocation } from './keysOptions.js';
import { showProgress } from './progress.js';

/** The keys of a data folder whose server does not run. */
export interface KeyRotation {
  readonly keyStore: {
    tenantIds(): Promise<readonly string[]>;
    find(tenantId: string, subject: string): Promise<{ readonly is: 'active' | 'destroyed' } | undefined>;
    rotateRoot(): Promise<void>;
    rotateTenant(tenantId: string, onProgress: (done: number, total: number) => void): Promise<void>;
    rotateData(tenantId: string, subject: string): Promise<void>;
  };
  readonly subjectOf: (tenantId: string, kind: 'user', userId: string) => string;
  close(): Promise<void>;
}

/** `waymark keys rotate`: one level of the keys that personal values are sealed with. */
export async function rotateKeysCommand(
  invocation: RotateInvocation,
  openRotation: () => Promise<KeyRotation>,
  print: (text: string) => void,
): Promise<number> {
  const rotation = await openRotation();
  try {
    return await rotate(invocation, rotation, print);
  } finally {
    await rotation.close();
  }
}

async function rotate(
  { level, tenantId, userId }: RotateInvocation,
  { keyStore, subjectOf }: KeyRotation,
  print: (text: string) => void,
): Promise<number> {
  if (level === 'root') {
    await keyStore.rotateRoot();
    print('All tenant keys are wrapped by the present root key; the previous one is not needed any more.');
    return exitCodes.ok;
  }
  if (!(await keyStore.tenantIds()).includes(tenantId)) {
    print('This tenant has no key yet: there is nothing to rotate.');
    return exitCodes.wrong;
  }
  if (level === 'tenant') {
    await rotateTenant(keyStore, tenantId);
    print('The tenant has a new key, and all data keys are wrapped by it.');
    return exitCodes.ok;
  }
  const subject = subjectOf(tenantId, 'user', userId);
  const state = await keyStore.find(tenantId, subject);
  if (state?.is !== 'active') {
    print(state === undefined ? 'This person has no key.' : 'The keys of this person are destroyed.');
    return exitCodes.wrong;
  }
  await keyStore.rotateData(tenantId, subject);
  print('The person has a new data key for what comes; older ones stay for what they sealed.');
  return exitCodes.ok;
}

async function rotateTenant(keyStore: KeyRotation['keyStore'], tenantId: string): Promise<void> {
  let progress: ReturnType<typeof showProgress> | undefined;
  try {
    await keyStore.rotateTenant(tenantId, (done, total) => {
      progress ??= showProgress('Data keys', total);
      progress.update(done, `${done} of ${total}`);
    });
  } finally {
    progress?.stop();
  }
}
