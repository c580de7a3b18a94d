import { type DetectionScope, holdsPersonal } from './detection.js';
import { defaultRules, type FieldAction, type FieldPolicy } from './fieldPolicy.js';
import { isPersonalName, namesVersion, normaliseName } from './personalNames.js';
import { redactText } from './redactText.js';

/** `leave`: kept and not examined. */
export type Treatment = FieldAction | 'leave';

/** What the policy says of one field; fields below it are found by `child`. */
export interface Field {
  /** Names as the client wrote them, parted by dots; what is personal in a name is redacted. */
  readonly path: string;
  /** The field's own name without capitals and separators. */
  readonly name: string;
  readonly treatment: Treatment;
  readonly scope: DetectionScope;
  /** Whether the name itself holds a personal value. */
  readonly isPersonal: boolean;
  child(name: string): Field;
}

/** A policy made ready for the hot path. Remembers the fields it has met, a bounded number of them and none by a personal name. */
export interface FieldRules {
  readonly detected: FieldPolicy['detected'];
  readonly name: Field;
  readonly category: Field;
  readonly groupId: Field;
  readonly properties: Field;
  readonly context: Field;
  readonly traits: Field;
  readonly ip: Field;
  readonly anonymousId: Field;
  readonly previousId: Field;
}

interface CompiledRule {
  readonly names: readonly string[];
  readonly treatment: Treatment;
}

/** Fields remembered below one field: more than any honest client has, few enough for a hostile one. */
const mostChildren = 500;
const longestRememberedName = 64;
/** Fields deeper than this are looked up each time, so that the remembered ones stay few. */
const deepestRemembered = 4;

const withAddresses: DetectionScope = { ipAddresses: true };
const withoutAddresses: DetectionScope = { ipAddresses: false };

/** The policy must be a valid one (`policyFaults`). */
export function compileFieldPolicy(policy: FieldPolicy): FieldRules {
  const rules = [...defaultRules, ...policy.rules].map(
    ({ path, action, unexamined }): CompiledRule => ({
      names: namesOf(path),
      treatment: unexamined === true ? 'leave' : action,
    }),
  );
  const root = (name: string) =>
    new KnownField(name, [normaliseName(name)], 'keep', rules, policy.detected, false);
  const context = root('context');
  return {
    detected: policy.detected,
    name: root('name'),
    category: root('category'),
    groupId: root('groupId'),
    properties: root('properties'),
    context,
    traits: root('traits'),
    ip: context.child('ip'),
    anonymousId: root('anonymousId'),
    previousId: root('previousId'),
  };
}

/** The normalised names of a rule's path, without a `**` at its end. `context.traits` is the same as `traits`. */
export function namesOf(path: string): string[] {
  const names = path.split('.').map(normaliseName);
  if (names.at(-1) === '**') names.pop();
  return names[0] === 'context' && names[1] === 'traits' ? names.slice(1) : names;
}

class KnownField implements Field {
  readonly name: string;
  readonly treatment: Treatment;
  readonly scope: DetectionScope;
  readonly #children = new Map<string, KnownField>();

  constructor(
    readonly path: string,
    private readonly names: readonly string[],
    inherited: Treatment,
    private readonly rules: readonly CompiledRule[],
    private readonly detected: FieldPolicy['detected'],
    readonly isPersonal: boolean,
  ) {
    this.name = names.at(-1) ?? '';
    this.scope = namesVersion(this.name) ? withoutAddresses : withAddresses;
    this.treatment = this.#treatment(inherited);
  }

  child(name: string): Field {
    const known = this.#children.get(name);
    if (known !== undefined) return known;
    const names = [...this.names, normaliseName(name)];
    const isPersonal = holdsPersonal(name);
    const path = `${this.path}.${isPersonal ? redactText(name) : name}`;
    const { treatment, rules, detected } = this;
    const child = new KnownField(path, names, treatment, rules, detected, isPersonal);
    if (!isPersonal && name.length <= longestRememberedName && names.length <= deepestRemembered) {
      if (this.#children.size >= mostChildren) this.#children.clear();
      this.#children.set(name, child);
    }
    return child;
  }

  #treatment(inherited: Treatment): Treatment {
    const own = mostSpecific(this.rules.filter(({ names }) => matches(names, this.names)));
    const treatment = own?.treatment ?? inherited;
    const isNamed = own !== undefined && own.names.at(-1) !== '*';
    const isOpen = treatment === 'keep' || treatment === 'redact';
    return isOpen && !isNamed && this.names.length > 1 && isPersonalName(this.name)
      ? this.detected === 'redact'
        ? 'drop'
        : this.detected
      : treatment;
  }
}

/** Rules for the field itself; those for fields above it have come down as the inherited treatment. */
function matches(rule: readonly string[], names: readonly string[]): boolean {
  return rule.length === names.length && rule.every((name, index) => name === '*' || name === names[index]);
}

/** More names before `*`s, compared from the left; of equals the last. */
function mostSpecific(rules: readonly CompiledRule[]): CompiledRule | undefined {
  let best: CompiledRule | undefined;
  for (const rule of rules) {
    if (best === undefined || !isLessSpecific(rule.names, best.names)) best = rule;
  }
  return best;
}

function isLessSpecific(a: readonly string[], b: readonly string[]): boolean {
  const stars = (names: readonly string[]) => names.filter((name) => name === '*').length;
  return stars(a) > stars(b);
}
