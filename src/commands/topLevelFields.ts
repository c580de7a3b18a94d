const string = /"(?:[^"\\]|\\.)*"/y;
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const space = /\s*/y;
const colon = /\s*:\s*/y;

/**
 * Fields of a JSON object whose values are texts or numbers, as texts; not those of objects within it. Of a field that comes
 * twice the last counts, as for every JSON parser. Also of a text that was cut: what was rejected need not be whole.
 */
export function textFieldsOf(json: string, names: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let at = match(space, json, 0)?.length ?? 0;
  if (json[at] !== '{') return found;
  let depth = 0;
  while (at < json.length) {
    const character = json[at];
    if (character === '"') {
      const text = match(string, json, at);
      if (text === undefined) return found;
      at += text.length;
      const separator = depth === 1 ? match(colon, json, at) : undefined;
      if (separator === undefined) continue;
      at += separator.length;
      const name = parsed(text);
      const value = match(string, json, at) ?? match(number, json, at);
      if (typeof name !== 'string' || !names.includes(name)) continue;
      const plain = value === undefined ? undefined : parsed(value);
      if (plain === undefined) found.delete(name);
      else found.set(name, String(plain));
      at += value?.length ?? 0;
      continue;
    }
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    at += 1;
  }
  return found;
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/** Undefined for a text that is cut, or no JSON. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
