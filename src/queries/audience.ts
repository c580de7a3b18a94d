import { type Complexity, complexityFor } from '../domain/content/audience.js';
import type { JsonValue } from '../domain/json.js';
import { normaliseName } from '../domain/privacy/personalNames.js';
import type { ProfileDocument } from '../projections/profiles/document.js';
import { profileViewOf } from '../projections/profiles/view.js';

/** For whom a text is written. */
export interface Audience {
  /** BCP 47, the first choice first. */
  readonly languages: readonly string[];
  readonly complexity: Complexity;
  readonly ageGroup: string | null;
  /** How the person is called, sealed; null where nothing tells. */
  readonly name: JsonValue;
}

export function audienceOf(profile: ProfileDocument): Audience {
  const { traits, preferences, demographics } = profileViewOf(profile);
  const { ageGroup } = demographics;
  const traitNamed = (wanted: string) =>
    traits.find(({ name }) => normaliseName(name) === wanted)?.value ?? null;
  const literacy = traitNamed('literacy');
  return {
    languages: [traitNamed('locale'), traitNamed('language')].filter((tag) => typeof tag === 'string'),
    complexity: complexityFor({ preferred: preferences.contentComplexity, literacy, ageGroup }),
    ageGroup,
    name: traitNamed('firstname') ?? traitNamed('givenname') ?? traitNamed('name'),
  };
}
