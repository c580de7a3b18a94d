import { type DetectionScope, findPersonal } from './detection.js';
import { isPersonalName, normaliseName } from './personalNames.js';

/**
 * The text with `[email]`, `[phone]` and so on where personal values stood; the same text where there are none. In addresses
 * of pages also the values of parameters with personal names (`?first_name=[redacted]`), and what is percent-encoded.
 */
export function redactText(text: string, scope?: DetectionScope): string {
  const plain = text.includes('=') ? text.replace(parameter, redactParameter) : text;
  return redactFound(plain.includes('%') ? plain.replace(piece, redactEncoded) : plain, scope);
}

const parameter = /(?<=^|[?&#;])([^?&#;=/]{1,64})=([^&#;]+)/g;
const piece = /[^/?&#;=]+/g;

function redactParameter(whole: string, name: string): string {
  return isPersonalName(normaliseName(decoded(name))) ? `${name}=[redacted]` : whole;
}

/** In a query a plus is a space. */
function redactEncoded(text: string): string {
  if (!text.includes('%')) return text;
  const plain = decoded(text);
  const [first] = findPersonal(plain);
  const found = first ?? findPersonal(plain.replaceAll('+', ' '))[0];
  return found === undefined ? text : `[${found.kind}]`;
}

function decoded(text: string): string {
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
