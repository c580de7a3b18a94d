import type { JsonValue } from '../../domain/json.js';
import {
  type AgeGroup,
  ageGroupOfAge,
  ageGroupOfBirthday,
  isAgeGroup,
} from '../../domain/privacy/ageGroup.js';
import type { Trait } from './document.js';

/**
 * From the trait `ageGroup`, which the door makes of an age or a birthday, else from a `birthday` (ISO date) or an `age` of
 * before it did so; null where none is usable.
 */
export function ageGroupOf(traits: readonly Trait[], asOf: number): AgeGroup | null {
  const group = traitValue(traits, 'ageGroup');
  if (isAgeGroup(group)) return group;
  return (
    ageGroupOfBirthday(traitValue(traits, 'birthday'), asOf) ??
    ageGroupOfAge(traitValue(traits, 'age')) ??
    null
  );
}

function traitValue(traits: readonly Trait[], name: string): JsonValue | undefined {
  return traits.find((trait) => trait.name === name)?.value;
}
