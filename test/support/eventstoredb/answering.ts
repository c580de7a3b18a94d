import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Metadata } from '@grpc/grpc-js';
import type { Faults } from './faults.js';
import { accessDenied, notLeader } from './wire.js';

/** Resolves never: what a silent server says. */
const never = new Promise<never>(() => undefined);

/** Before a request is carried out. @throws what the server refuses it with */
export async function admit(faults: Faults, metadata: Metadata): Promise<void> {
  if (faults.silent) await never;
  if (faults.slow > 0) await delay(faults.slow);
  if (faults.accessDenied) throw accessDenied();
  const needsLeader = metadata.get('requires-leader')[0] === 'true';
  if (needsLeader && faults.leader !== undefined) throw notLeader(faults.leader);
}

interface Sink<T> {
  write(message: T): boolean;
  readonly destroyed: boolean;
  readonly cancelled: boolean;
}

/** At the client's pace. Resolves with whether anybody still listens. */
export async function send<T>(
  call: Sink<T> & NodeJS.EventEmitter,
  message: T,
  faults: Faults,
): Promise<boolean> {
  if (faults.silent) await never;
  if (call.destroyed || call.cancelled) return false;
  if (call.write(message)) return true;
  await Promise.race([once(call, 'drain'), once(call, 'cancelled'), once(call, 'close')]);
  return !call.destroyed && !call.cancelled;
}
