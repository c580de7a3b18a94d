import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { ErasureLedger, LedgerEntry } from '../../commands/erasureLedger.js';

const entry = z.object({
  tenantId: z.string(),
  requestId: z.string(),
  subjects: z.array(z.string()),
  erasedAt: z.number(),
});

/**
 * A line of JSON an erasure, appended and synced. Keep the file out of the backups it is to outlive.
 * A last line that a crash cut short is passed over: its erasure was not answered and is carried out again.
 */
export function openErasureLedgerFile(path: string): ErasureLedger {
  return {
    async add(added) {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, 'a', 0o600);
      try {
        // A line break first as well: behind a line that was cut short the new one stands alone.
        await file.appendFile(`\n${added.map((each) => `${JSON.stringify(each)}\n`).join('')}`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    async *entries() {
      if (!existsSync(path)) return;
      for await (const line of createInterface({ input: createReadStream(path) })) {
        const found = parse(line);
        if (found !== undefined) yield found;
      }
    },
  };
}

function parse(line: string): LedgerEntry | undefined {
  if (line === '') return undefined;
  try {
    return entry.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
