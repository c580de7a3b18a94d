import type { JsonObject, JsonValue } from '../../domain/json.js';
import { profileBounds, type Trait } from './document.js';

/** The value said last, by time of occurrence, holds. Names beyond the bound and values over it are left out. */
export function addTraits(traits: Trait[], added: JsonObject, at: number): void {
  for (const name in added) {
    const value = added[name];
    if (value !== undefined) addTrait(traits, name, value, at);
  }
}

export function addTrait(traits: Trait[], name: string, value: JsonValue, at: number): void {
  const present = traits.find((trait) => trait.name === name);
  if (present !== undefined) {
    if (present.at > at || (present.at === at && !isGreater(value, present.value))) return;
    if (!isWithinBounds(value)) return;
    present.value = value;
    present.at = at;
  } else if (
    traits.length < profileBounds.traits &&
    name.length <= profileBounds.traitName &&
    isWithinBounds(value)
  ) {
    traits.push({ name, value, at });
  }
}

function isWithinBounds(value: JsonValue): boolean {
  return (
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    JSON.stringify(value).length <= profileBounds.traitValue
  );
}

/** Decides between two values of the same moment, so that their order of arrival does not. */
function isGreater(a: JsonValue, b: JsonValue): boolean {
  return JSON.stringify(a) > JSON.stringify(b);
}
