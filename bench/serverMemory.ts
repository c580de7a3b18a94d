import { readFileSync } from 'node:fs';
import type { ServerProcess } from '../test/support/serverProcess.js';

/** Resident memory in bytes: now, and the most it ever was. Undefined where the system does not tell. */
export function serverMemory(server: ServerProcess): { resident: number; peak: number } | undefined {
  try {
    const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8');
    const bytes = (name: string): number =>
      1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN);
    return { resident: bytes('VmRSS'), peak: bytes('VmHWM') };
  } catch {
    return undefined;
  }
}
