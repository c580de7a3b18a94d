import { open } from 'node:fs/promises';
import type { Anchor } from '../../audit/treeHeads.js';

/** A file that is only ever appended to, a head a line, each on the disk before it counts as kept. */
export function fileAnchor(path: string): Anchor {
  return {
    async publish(head) {
      const handle = await open(path, 'a', 0o644);
      try {
        await handle.writeFile(`${JSON.stringify(head)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}
