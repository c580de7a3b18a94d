import {
  type FieldAction,
  type FieldPolicy,
  type FieldRule,
  fieldActions,
  firstNames,
  mustStayReadable,
} from './fieldPolicy.js';
import { namesOf } from './fieldRules.js';

export interface PolicyFault {
  /** Where in the policy, as `rules.3.action`. */
  readonly path: string;
  /** What to do about it. */
  readonly message: string;
}

/** Bounds what compiling a policy and looking up a new field cost. */
export const mostRules = 500;
const longestPath = 256;

/** A policy that came from outside, or everything that is wrong with it. */
export function readFieldPolicy(value: unknown): FieldPolicy | readonly PolicyFault[] {
  if (!isRecord(value)) return [{ path: '', message: 'A policy is an object with `rules` and `detected`.' }];
  const faults: PolicyFault[] = [];
  const { rules, detected } = value;
  for (const name of Object.keys(value)) {
    if (name !== 'rules' && name !== 'detected') faults.push({ path: name, message: 'Leave this out.' });
  }
  const isDetected = detected === 'encrypt' || detected === 'drop' || detected === 'redact';
  if (!isDetected) faults.push({ path: 'detected', message: 'Say encrypt, drop or redact.' });
  const valid: FieldRule[] = [];
  if (!Array.isArray(rules) || rules.length > mostRules) {
    faults.push({ path: 'rules', message: `Give a list of at most ${mostRules} rules.` });
  } else {
    for (const [index, rule] of rules.entries()) {
      const outcome = readRule(rule);
      if (!Array.isArray(outcome)) valid.push(outcome);
      else for (const fault of outcome) faults.push({ ...fault, path: `rules.${index}${fault.path}` });
    }
  }
  return isDetected && faults.length === 0 ? { rules: valid, detected } : faults;
}

function readRule(rule: unknown): FieldRule | PolicyFault[] {
  if (!isRecord(rule)) return [{ path: '', message: 'A rule is an object with `path` and `action`.' }];
  const { path, action, unexamined } = rule;
  if (typeof path !== 'string' || path.length > longestPath) {
    return [{ path: '.path', message: `Give names parted by dots, at most ${longestPath} characters.` }];
  }
  if (!isAction(action)) return [{ path: '.action', message: `Say one of ${fieldActions.join(', ')}.` }];
  if (unexamined !== undefined && (typeof unexamined !== 'boolean' || action !== 'keep')) {
    return [{ path: '.unexamined', message: 'Say true or false, and only with the action keep.' }];
  }
  const message = pathFault(path) ?? actionFault(namesOf(path), action, unexamined === true);
  if (message !== undefined) return [{ path: '', message }];
  return unexamined === undefined ? { path, action } : { path, action, unexamined };
}

function pathFault(path: string): string | undefined {
  const parts = path.split('.');
  if (parts.some((part) => part.trim() === '')) return 'Leave no name of the path empty.';
  if (parts.slice(0, -1).includes('**')) return 'Use ** only at the end of a path, and * for one name.';
  if (!firstNames.has(parts[0] ?? ''))
    return `Begin the path with one of ${[...firstNames].join(', ')}; the address is context.ip.`;
  return undefined;
}

function actionFault(names: readonly string[], action: FieldAction, unexamined: boolean): string | undefined {
  const [first = ''] = names;
  if ((first === 'identity' || first === 'previousid') && action !== 'encrypt')
    return 'The identity and the previousId are always encrypted.';
  if (first === 'anonymousid' && action !== 'encrypt' && action !== 'drop')
    return 'The anonymousId says who somebody is: encrypt or drop it.';
  if (unexamined && (first === 'traits' || isAddress(names)))
    return 'Traits and the address are always examined: leave out unexamined.';
  if (action === 'generalise' && !generalised(names))
    return 'Only ages and birthdays among the traits, and context.ip, can be generalised.';
  const clash = keyFields.find((field) => covers(names, field));
  if (clash !== undefined && (action === 'encrypt' || (action === 'drop' && clash.length === 1)))
    return `Read models are kept by ${clash.join('.')}: use redact or keep.`;
  return undefined;
}

const keyFields = [...mustStayReadable].map(namesOf);
const ages: ReadonlySet<string> = new Set(['age', 'birthday', 'birthdate', 'dateofbirth']);

function generalised(names: readonly string[]): boolean {
  return isAddress(names) || (names.length === 2 && names[0] === 'traits' && ages.has(names[1] ?? ''));
}

function isAddress(names: readonly string[]): boolean {
  return names.length === 2 && names[0] === 'context' && names[1] === 'ip';
}

/** Whether the rule decides about the field: the default rule for the field stands unless the rule has its path. */
function covers(rule: readonly string[], field: readonly string[]): boolean {
  return rule.length === field.length && rule.every((name, index) => name === field[index]);
}

function isAction(value: unknown): value is FieldAction {
  return fieldActions.some((action) => action === value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
