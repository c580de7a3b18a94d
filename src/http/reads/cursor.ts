import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CodedError } from '../../domain/errors.js';
import type { PageCursor } from '../../queries/page.js';

const cursorShape = z.strictObject({
  scope: z.string(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  id: z.string(),
});

/**
 * What a cursor belongs to: tenant, route and filters. Handing it to another list, or to the same list under another
 * filter, would skip or repeat entries without a word, so it is refused. A digest, so that it holds no id of a person.
 */
export function cursorScope(list: object): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 16);
}

export function encodeCursor(scope: string, cursor: PageCursor): string {
  return Buffer.from(JSON.stringify({ scope, value: cursor.value, id: cursor.id })).toString('base64url');
}

/** @throws CodedError `invalid-cursor` for anything that `encodeCursor` did not write for this scope */
export function decodeCursor(scope: string, text: string): PageCursor {
  const parsed = cursorShape.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.scope !== scope) {
    throw new CodedError(
      'invalid-cursor',
      'Send the nextCursor of the page before, with the same route and filters, or start without a cursor.',
      { errors: [{ path: 'cursor', code: 'invalid-cursor', message: 'is not a cursor of this list' }] },
    );
  }
  return { value: parsed.data.value, id: parsed.data.id };
}

function parseJson(text: string): unknown {
  const bytes = Buffer.from(text, 'base64url');
  // Node's decoder passes over what is not base64url: only a text that comes back the same is one of ours.
  if (bytes.toString('base64url') !== text) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
