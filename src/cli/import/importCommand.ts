import { setTimeout as wait } from 'node:timers/promises';
import { exitCodes } from '../arguments.js';
import type { ImportInvocation } from '../commands.js';
import { showProgress } from '../progress.js';
import { formatAccounting } from './formatAccounting.js';
import { createHttpSender } from './httpSender.js';
import { importStatePath, openImportState } from './importState.js';
import { openLines } from './readLines.js';
import { ImportStopped, runImport, type SendBatch } from './runImport.js';

export interface ImportParts {
  readonly dataFolder: string;
  /** Opens the stores of the data folder; called only where no server is given. */
  readonly openLocal: () => Promise<{ readonly send: SendBatch; close(): Promise<void> }>;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
}

/** `waymark import`. Exit code 1 where anything was rejected or the run did not reach the end. */
export async function importCommand(invocation: ImportInvocation, parts: ImportParts): Promise<number> {
  const { file, server, parallel, state } = invocation;
  const source = await openLines(file);
  const target = server === undefined ? await parts.openLocal() : remoteTarget(server, parts.signal);
  const statePath =
    state ?? (file === '-' ? undefined : importStatePath(parts.dataFolder, file, server?.url ?? 'local'));
  try {
    const accounting = await runImport({
      lines: source.lines,
      send: target.send,
      parallel,
      state: statePath === undefined ? undefined : openImportState(statePath),
      progress: showProgress('Importing', source.totalBytes),
      done: source.bytesRead,
      signal: parts.signal,
    });
    parts.print(formatAccounting(accounting));
    return accounting.rejected === 0 ? exitCodes.ok : exitCodes.wrong;
  } catch (error) {
    if (!(error instanceof ImportStopped)) throw error;
    parts.print(`${formatAccounting(error.accounting)}\n${error.message}`);
    return exitCodes.wrong;
  } finally {
    await target.close();
  }
}

function remoteTarget(server: { readonly url: string; readonly key: string }, signal: AbortSignal) {
  const sleep = (milliseconds: number) => wait(milliseconds, undefined, { signal });
  return {
    send: createHttpSender({ ...server, signal, sleep, random: Math.random }),
    close: async () => undefined,
  };
}
