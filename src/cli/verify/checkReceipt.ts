import { readFile } from 'node:fs/promises';
import { readReceipt } from '../../commands/erasureReceipt.js';
import type { Check } from './verifyCommand.js';

/** A receipt of an erasure is as the installation with this key (PEM) signed it. Needs nothing but the two files. */
export function receiptCheck(path: string, publicKeyPath: string): Check {
  return {
    name: 'receipt',
    run: async () => {
      const [receipt, publicKey] = await Promise.all([
        readFile(path, 'utf8'),
        readFile(publicKeyPath, 'utf8'),
      ]);
      try {
        const { requestId, erasedAt } = readReceipt(receipt, publicKey);
        return { summary: `request ${String(requestId)}, erased at ${String(erasedAt)}`, problems: [] };
      } catch (error) {
        const problem = error instanceof Error ? error.message : 'The receipt cannot be read.';
        return { summary: 'not confirmed', problems: [problem] };
      }
    },
  };
}
