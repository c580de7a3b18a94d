import { exitCodes } from '../arguments.js';
import type { CopyInvocation } from '../commands.js';
import { type CopyRun, CopyStopped, runCopy } from './runCopy.js';

export interface CopyParts {
  readonly open: () => Promise<Omit<CopyRun, 'parallel' | 'signal'> & { close(): Promise<void> }>;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** `waymark copy`. Exit code 1 where it was stopped, or the stores differ in the end. */
export async function copyCommand({ parallel }: CopyInvocation, parts: CopyParts): Promise<number> {
  const { open, signal, print } = parts;
  const { close, ...stores } = await open();
  try {
    const { copied, events, streams, rules, difference } = await runCopy({ ...stores, parallel, signal });
    print(`copied    ${copied} events`);
    if (difference !== undefined) {
      print(`compared  ${events} events\n${difference}`);
      return exitCodes.wrong;
    }
    print(`compared  ${events} events in ${streams} streams: the same, in the same order`);
    print(`deleted or shortened streams taken over: ${rules}`);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof CopyStopped)) throw error;
    print(`copied    ${error.copied} events\n${error.message}`);
    return exitCodes.wrong;
  } finally {
    await close();
  }
}
