import type { JsonValue } from '../domain/json.js';
import { isSealed } from '../domain/privacy/detection.js';

/**
 * Ids that clients choose, and may choose after a person. Where they were not generated, they are as personal as a user id.
 */
const chosenIds: ReadonlySet<string> = new Set(['messageId', 'causationId', 'correlationId']);
const generatedId = /^(?:[a-z]+-)?(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{24,64})$/i;

/** What a client is told of masked places at most. */
const mostPaths = 100;

/** The distinct sealed texts in an answer, in the order they are met. */
export function sealedTextsIn(value: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof value === 'string') {
    if (isSealed(value)) found.add(value);
  } else if (Array.isArray(value)) {
    for (const each of value) sealedTextsIn(each, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) sealedTextsIn(each, found);
  }
  return found;
}

/** The answer with each sealed text replaced by what it opened to, null where it did not. */
export function withOpened<T extends object>(answer: T, opened: ReadonlyMap<string, JsonValue>): T {
  return replaced(answer, [], (text) => (isSealed(text) ? (opened.get(text) ?? null) : text));
}

/**
 * The answer with null for each sealed text and each id that a client chose, and where: paths within a row (`traits.email`, `tags[]`), distinct, at most
 * 100 of them.
 */
export function withMasked(answer: object): { readonly answer: object; readonly masked: readonly string[] } {
  const masked = new Set<string>();
  const shown = replaced(answer, [], (text, path) => {
    if (!isSealed(text) && !isChosenId(text, path.at(-1))) return text;
    if (masked.size < mostPaths) masked.add(pathInRow(path));
    return null;
  });
  return { answer: shown, masked: [...masked] };
}

function isChosenId(text: string, field: string | undefined): boolean {
  return field !== undefined && chosenIds.has(field) && !generatedId.test(text);
}

/** Whether nothing in it has to be opened or masked. */
export function isShownToAll(answer: object): boolean {
  return withMasked(answer).masked.length === 0;
}

type Replace = (text: string, path: readonly string[]) => JsonValue;

/** Queries may hand the same objects to many answers, so nothing is changed in place: what holds a sealed text is copied. */
function replaced<T>(value: T, path: string[], replace: Replace): T;
function replaced(value: unknown, path: string[], replace: Replace): unknown {
  if (typeof value === 'string') return replace(value, path);
  if (typeof value !== 'object' || value === null) return value;
  const within = (name: string, each: unknown): unknown => {
    path.push(name);
    const result = replaced(each, path, replace);
    path.pop();
    return result;
  };
  if (Array.isArray(value)) {
    const shown = value.map((each) => within('[]', each));
    return shown.every((each, index) => each === value[index]) ? value : shown;
  }
  const entries = Object.entries(value);
  const shown = entries.map(([name, each]) => [name, within(name, each)] as const);
  return shown.every(([, each], index) => each === entries[index]?.[1]) ? value : Object.fromEntries(shown);
}

/** The first step leads into the envelope (`data`, `event`, `message`), the next, in a list, to the row. */
function pathInRow([, ...path]: readonly string[]): string {
  return (path[0] === '[]' ? path.slice(1) : path).join('.').replaceAll('.[]', '[]');
}
