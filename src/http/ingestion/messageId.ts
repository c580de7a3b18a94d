import { hash, randomUUID } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../domain/json.js';

/** They differ between two sendings of one message. */
const transport: ReadonlySet<string> = new Set(['sentAt', 'writeKey', 'api_key', 'messageId']);

/**
 * The same for the same message, so that sending it again is a duplicate: the first 128 bits of SHA-256 over its
 * content with sorted keys. Only for messages with a time of their own; see `randomMessageId`.
 */
export function contentMessageId(message: JsonObject): string {
  const content: JsonObject = { ...message };
  for (const key of transport) delete content[key];
  return `content-${hash('sha256', canonical(content), 'hex').slice(0, 32)}`;
}

/** Two equal messages without a time of their own may be two clicks. */
export function randomMessageId(): string {
  return `random-${randomUUID()}`;
}

function canonical(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonical(member)}`);
  }
  return `{${members.join(',')}}`;
}
