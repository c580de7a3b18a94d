import { z } from 'zod';
import type { SignedHead } from './signedHead.js';

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

const anchoredHead = z.strictObject({
  tenantId: z.string().min(1),
  treeSize: z.int().min(0),
  rootHash: hex(64),
  timestamp: z.iso.datetime(),
  keyId: hex(32),
  signature: z.base64(),
});

/** What a file anchor holds: a head a line. @throws Error naming the first line that is none */
export function parseAnchoredHeads(text: string): readonly SignedHead[] {
  const heads: SignedHead[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const parsed = anchoredHead.safeParse(parseJson(line));
    if (!parsed.success)
      throw new Error(`Line ${at + 1} of the anchor is no signed head: it was edited or cut.`);
    heads.push(parsed.data);
  }
  return heads;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
