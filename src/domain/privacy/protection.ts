import type { UserMessage } from '../journey/commands.js';
import type { JsonObject, JsonValue } from '../json.js';
import { ageGroupOfAge, ageGroupOfBirthday } from './ageGroup.js';
import { isPersonalNumber, isSealed } from './detection.js';
import type { Field, FieldRules } from './fieldRules.js';
import { networkOf } from './ipAddress.js';
import { isIdNumber, tellingIds, withoutIds } from './ownIds.js';
import { redactText } from './redactText.js';

/**
 * Seals one value under the person's key; the answer begins with `sealed:v1:`. `path` names the field as the client wrote it
 * (`traits.address.city`), without places in lists. A value that is text by a client may itself begin like a sealed one.
 */
export type Seal = (path: string, value: JsonValue) => string;

/** Bounds what one message costs: each sealed value grows by some hundred characters. Further personal values are dropped. */
export const mostSealedValues = 256;

/** Carries a policy out on the values of one message. */
export class Protection {
  readonly #ids: readonly string[];
  #sealed = 0;

  constructor(
    private readonly rules: FieldRules,
    private readonly seal: Seal,
    private readonly message: UserMessage,
  ) {
    this.#ids = tellingIds([message.userId, message.anonymousId, message.previousId]).filter(
      (id) => !isSealed(id),
    );
  }

  /** Undefined where the text has to go. */
  text(text: string, field: Field): string | undefined {
    switch (field.treatment) {
      case 'leave':
        return isSealed(text) ? this.#seal(text, field) : text;
      case 'encrypt':
        return this.#seal(text, field);
      case 'drop':
        return undefined;
      case 'generalise':
        return field.name === 'ip' ? networkOf(text) : undefined;
      case 'redact':
        return this.#redact(text, field);
      case 'keep':
        return this.#isPersonal(text, field) ? this.#found(text, field) : text;
    }
  }

  object(object: JsonObject, field: Field): JsonObject {
    let copy: JsonObject | undefined;
    for (const name in object) {
      const value = object[name];
      if (value === undefined) continue;
      const below = field.child(withoutIds(name, this.#ids));
      const { safeName } = below;
      const safe = this.#value(value, below);
      if (safe === value && safeName === name) continue;
      copy ??= { ...object };
      if (safe === undefined || safeName !== name) delete copy[name];
      if (safe !== undefined) copy[safeName] = safe;
      else if (below.treatment === 'generalise') this.#addAgeGroup(copy, value, below);
    }
    return copy ?? object;
  }

  #value(value: JsonValue, field: Field): JsonValue | undefined {
    if (typeof value === 'string') return this.text(value, field);
    if (typeof value === 'number' || typeof value === 'boolean') return this.#scalar(value, field);
    if (value === null) return value;
    if (field.treatment === 'drop' || field.treatment === 'generalise') return undefined;
    return Array.isArray(value) ? this.#list(value, field) : this.object(value, field);
  }

  #list(list: JsonValue[], field: Field): JsonValue[] {
    let copy: JsonValue[] | undefined;
    for (const [index, item] of list.entries()) {
      const safe = this.#value(item, field);
      if (safe === item) continue;
      copy ??= [...list];
      copy[index] = safe ?? null;
    }
    return copy ?? list;
  }

  #scalar(value: number | boolean, field: Field): JsonValue | undefined {
    switch (field.treatment) {
      case 'encrypt':
        return this.#seal(value, field);
      case 'drop':
      case 'generalise':
        return undefined;
      case 'leave':
        return value;
      case 'redact':
        return this.#kindOf(value) ?? value;
      case 'keep': {
        const kind = this.#kindOf(value);
        if (kind === undefined) return value;
        if (this.rules.detected === 'encrypt') return this.#seal(value, field);
        return this.rules.detected === 'redact' ? kind : undefined;
      }
    }
  }

  /** What stands for a personal number; undefined for any other. */
  #kindOf(value: number | boolean): string | undefined {
    if (typeof value !== 'number') return undefined;
    if (isPersonalNumber(value)) return '[card]';
    return isIdNumber(value, this.#ids) ? '[id]' : undefined;
  }

  #isPersonal(text: string, field: Field): boolean {
    return this.#redact(text, field) !== text;
  }

  #found(text: string, field: Field): string | undefined {
    switch (this.rules.detected) {
      case 'encrypt':
        return this.#seal(text, field);
      case 'redact':
        return this.#redact(text, field);
      case 'drop':
        return undefined;
    }
  }

  #redact(text: string, field: Field): string {
    return redactText(withoutIds(text, this.#ids), field.scope);
  }

  #seal(value: string | number | boolean, field: Field): string | undefined {
    if (this.#sealed >= mostSealedValues) return undefined;
    this.#sealed++;
    return this.seal(field.path, value);
  }

  #addAgeGroup(copy: JsonObject, value: JsonValue, { name }: Field): void {
    const group = name === 'age' ? ageGroupOfAge(value) : ageGroupOfBirthday(value, this.message.occurredAt);
    // The birthday says it more exactly than the age, and both more reliably than what the client concluded.
    if (group !== undefined && (name !== 'age' || copy.ageGroup === undefined)) copy.ageGroup = group;
  }
}
