import { readFileSync } from 'node:fs';
import type { ServerProcess } from '../test/support/serverProcess.js';

/**
 * Resident memory in bytes: now, and the most it ever was; `own` without pages of files, which the system takes back when it
 * needs them. Undefined where the system does not tell.
 */
export function serverMemory(
  server: ServerProcess,
): { resident: number; peak: number; own: number } | undefined {
  try {
    const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8');
    const bytes = (name: string): number =>
      1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN);
    return { resident: bytes('VmRSS'), peak: bytes('VmHWM'), own: bytes('RssAnon') };
  } catch {
    return undefined;
  }
}

/** Seconds of processor time that the server has used; undefined where the system does not tell. */
export function serverCpu(server: ServerProcess): number | undefined {
  try {
    const fields = readFileSync(`/proc/${server.process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    // In ticks, of which Linux shows 100 a second to every process.
    return (Number(fields?.[11]) + Number(fields?.[12])) / 100;
  } catch {
    return undefined;
  }
}
