import type { JsonValue } from '../../domain/json.js';
import type { Trait } from './document.js';

export type AgeGroup = 'under_18' | '18_24' | '25_34' | '35_44' | '45_54' | '55_64' | '65_plus';

/** From the trait `birthday` (ISO date), else `age`; generalised at once, null where neither is usable. */
export function ageGroupOf(traits: readonly Trait[], asOf: number): AgeGroup | null {
  const age = ageFromBirthday(traitValue(traits, 'birthday'), asOf) ?? numberOf(traitValue(traits, 'age'));
  if (age === undefined || age < 0 || age > 130) return null;
  if (age < 18) return 'under_18';
  if (age < 25) return '18_24';
  if (age < 35) return '25_34';
  if (age < 45) return '35_44';
  if (age < 55) return '45_54';
  return age < 65 ? '55_64' : '65_plus';
}

function ageFromBirthday(birthday: JsonValue | undefined, asOf: number): number | undefined {
  const match = typeof birthday === 'string' ? /^(\d{4})-(\d{2})-(\d{2})/.exec(birthday) : null;
  if (match === null) return undefined;
  const now = new Date(asOf);
  const years = now.getUTCFullYear() - Number(match[1]);
  const months = now.getUTCMonth() + 1 - Number(match[2]);
  const hadBirthday = months > 0 || (months === 0 && now.getUTCDate() >= Number(match[3]));
  return hadBirthday ? years : years - 1;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  const number = typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' ? number : undefined;
}

function traitValue(traits: readonly Trait[], name: string): JsonValue | undefined {
  return traits.find((trait) => trait.name === name)?.value;
}
