import type { DomainEvent } from '../../domain/domainEvent.js';
import type { Recorded } from '../../domain/metadata.js';
import { foldInMemory } from '../foldInMemory.js';
import { isForwarded, type ProfileDocument, profilesCollection, type StoredProfile } from './document.js';
import { profilesProjection } from './projection.js';

/**
 * The person's document as it stood at a moment (epoch milliseconds), by the very fold of the live read model. Takes
 * the events of the person's journeys and interventions recorded up to then, in the order of their positions.
 * Undefined where there are none. Of journeys that are not linked, the first one's document.
 */
export function foldProfile(
  events: Iterable<Recorded<DomainEvent>>,
  asOf: number,
): ProfileDocument | undefined {
  const folded = foldInMemory(profilesProjection, events, asOf).get(profilesCollection.name);
  for (const document of folded?.values() ?? []) {
    // The fold holds what this projection has put.
    const stored = document as StoredProfile;
    if (!isForwarded(stored)) return stored;
  }
  return undefined;
}
