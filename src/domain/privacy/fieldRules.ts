import type { DetectionScope } from './detection.js';
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
  /** The field's name, redacted where it holds a personal value itself. */
  readonly safeName: string;
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

/** What the fields of one policy have in common. */
interface Compiled {
  readonly rules: readonly CompiledRule[];
  readonly detected: FieldPolicy['detected'];
  remembered: number;
  /** Fields remembered in an earlier one are forgotten. */
  generation: number;
}

interface CompiledRule {
  readonly names: readonly string[];
  readonly treatment: Treatment;
}

/** Fields remembered by one policy: more than honest clients have, few enough for a hostile one. Then it begins anew. */
const mostRemembered = 5000;
const longestRememberedName = 64;

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
  const compiled: Compiled = { rules, detected: policy.detected, remembered: 0, generation: 0 };
  const root = (name: string) => new KnownField(name, name, [normaliseName(name)], 'keep', compiled);
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
  #generation = 0;

  constructor(
    readonly path: string,
    readonly safeName: string,
    private readonly names: readonly string[],
    inherited: Treatment,
    private readonly compiled: Compiled,
  ) {
    this.name = names.at(-1) ?? '';
    this.scope = namesVersion(this.name) ? withoutAddresses : withAddresses;
    this.treatment = this.#treatment(inherited);
  }

  child(name: string): Field {
    const { compiled } = this;
    if (this.#generation !== compiled.generation) {
      this.#generation = compiled.generation;
      this.#children.clear();
    }
    const known = this.#children.get(name);
    if (known !== undefined) return known;
    const safeName = redactText(name);
    const path = `${this.path}.${safeName}`;
    const child = new KnownField(
      path,
      safeName,
      [...this.names, normaliseName(name)],
      this.treatment,
      compiled,
    );
    if (safeName === name && name.length <= longestRememberedName) this.#remember(name, child);
    return child;
  }

  #remember(name: string, child: KnownField): void {
    const { compiled } = this;
    if (compiled.remembered++ < mostRemembered) {
      this.#children.set(name, child);
    } else {
      compiled.remembered = 0;
      compiled.generation++;
    }
  }

  #treatment(inherited: Treatment): Treatment {
    const { rules, detected } = this.compiled;
    const own = mostSpecific(rules.filter(({ names }) => matches(names, this.names)));
    const treatment = own?.treatment ?? inherited;
    const isNamed = own !== undefined && own.names.at(-1) !== '*';
    const isOpen = treatment === 'keep' || treatment === 'redact';
    if (!isOpen || isNamed || this.names.length === 1 || !isPersonalName(this.name)) return treatment;
    // The whole value is personal: nothing of it would remain.
    return detected === 'redact' ? 'drop' : detected;
  }
}

/** Rules for the field itself; those for fields above it have come down as the inherited treatment. */
function matches(rule: readonly string[], names: readonly string[]): boolean {
  return rule.length === names.length && rule.every((name, index) => name === '*' || name === names[index]);
}

/** The fewest `*`; of equals the last. */
function mostSpecific(rules: readonly CompiledRule[]): CompiledRule | undefined {
  let best: CompiledRule | undefined;
  for (const rule of rules) {
    if (best === undefined || stars(rule) <= stars(best)) best = rule;
  }
  return best;
}

function stars({ names }: CompiledRule): number {
  return names.filter((name) => name === '*').length;
}
