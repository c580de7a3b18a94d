import { type DetectionScope, findPersonal } from './detection.js';
import { isPersonalName, normaliseName } from './personalNames.js';

/**
 * The text with `[email]`, `[phone]` and so on where personal values stood; the same text where there are none. In addresses
 * of pages also the values of parameters with personal names (`?first_name=[redacted]`), and what is percent-encoded.
 */
export function redactText(text: string, scope?: DetectionScope): string {
  const plain = redactParameters(text);
  return redactFound(plain.includes('%') ? plain.replace(piece, redactEncoded) : plain, scope);
}

const beforeParameter = /[?&#;=/]/;
const afterParameter = /[&#;]/g;

/** In one pass from `=` to `=`: what stands before each is a name back to the mark before it. */
function redactParameters(text: string): string {
  let redacted = '';
  let from = 0;
  for (let equals = text.indexOf('='); equals >= 0; equals = text.indexOf('=', equals + 1)) {
    if (equals < from || !isPersonalName(parameterName(text, equals))) continue;
    afterParameter.lastIndex = equals;
    const end = afterParameter.exec(text)?.index ?? text.length;
    if (end === equals + 1) continue;
    redacted += `${text.slice(from, equals)}=[redacted]`;
    from = end;
  }
  return from === 0 ? text : redacted + text.slice(from);
}

const longestParameterName = 64;

function parameterName(text: string, end: number): string {
  const first = Math.max(0, end - longestParameterName);
  let start = end;
  while (start > first && !beforeParameter.test(text.charAt(start - 1))) start--;
  return normaliseName(decoded(text.slice(start, end)));
}

const piece = /[^/?&#;=]+/g;

/** In a query a plus is a space. An address of a page within another one has parameters of its own. */
function redactEncoded(text: string): string {
  if (!text.includes('%')) return text;
  const plain = decoded(text);
  const [first] = findPersonal(plain);
  const found = first ?? findPersonal(plain.replaceAll('+', ' '))[0];
  if (found !== undefined) return `[${found.kind}]`;
  return redactParameters(plain) === plain ? text : '[redacted]';
}

function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function redactFound(text: string, scope?: DetectionScope): string {
  const found = findPersonal(text, scope);
  if (found.length === 0) return text;
  let redacted = '';
  let from = 0;
  for (const { kind, start, end } of found) {
    redacted += `${text.slice(from, start)}[${kind}]`;
    from = end;
  }
  return redacted + text.slice(from);
}
