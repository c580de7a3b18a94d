import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadResult, load } from './load.js';

/** What the machine and Node give before the product does anything: an HTTP server that only parses the JSON. */
export async function bareHttpParse(requests: readonly Buffer[], connections: number): Promise<LoadResult> {
  const child = fork(fileURLToPath(new URL('./bareServer.js', import.meta.url)));
  try {
    const [port] = await once(child, 'message');
    return await load({ port: Number(port), requests, connections, deadlineMilliseconds: 120_000 });
  } finally {
    child.kill();
  }
}

/** Milliseconds to append each batch's bytes to a file with one sync a batch. */
export function bareLogAppend(batches: readonly Buffer[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-bench-log-'));
  const file = openSync(join(folder, 'log'), 'a');
  try {
    const startedAt = performance.now();
    for (const batch of batches) {
      writeSync(file, batch);
      fdatasyncSync(file);
    }
    return performance.now() - startedAt;
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
