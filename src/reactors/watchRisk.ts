import type { DecideHelp } from '../commands/help/decideHelp.js';
import type { DocumentCursor, DocumentStore } from '../documentStore/documentStore.js';
import { causedBy } from '../domain/decision/cause.js';
import type { RiskLevel } from '../domain/standing.js';
import { documentId } from '../projections/documentId.js';
import { isForwarded, type ProfileDocument, type StoredProfile } from '../projections/profiles/document.js';

const profilesAtATime = 200;
const pagesARound = 10;
const day = 86_400_000;

export interface WatchRiskOptions {
  readonly documentStore: DocumentStore;
  /** The collection that now serves a read model. */
  liveCollection(name: 'profiles' | 'decisions'): string;
  readonly decide: DecideHelp;
  /** Tenants with an enabled strategy that waits for a risk, and the levels it waits for. */
  watched(): readonly { readonly tenantId: string; readonly levels: readonly RiskLevel[] }[];
  /** Told of a person who could not be decided about; the next time round tries again. */
  onError(error: unknown): void;
  newId(): string;
  now(): number;
}

/** Where the rounds have come to, for each tenant and level. */
export type RiskPlaces = Map<string, DocumentCursor>;

/**
 * One round over those at risk: at most 2,000 people of each tenant and level, going on where the round before ended.
 * Somebody is decided about once for each level and day they were last active on: who stays away is not decided about anew.
 * @returns how many were decided about
 */
export async function watchRisk(options: WatchRiskOptions, places: RiskPlaces): Promise<number> {
  let decided = 0;
  for (const { tenantId, levels } of options.watched()) {
    for (const level of levels) decided += await watchLevel(options, places, tenantId, level);
  }
  return decided;
}

async function watchLevel(
  options: WatchRiskOptions,
  places: RiskPlaces,
  tenantId: string,
  level: RiskLevel,
): Promise<number> {
  const { documentStore, liveCollection } = options;
  const place = `${tenantId}/${level}`;
  let decided = 0;
  for (let page = 0; page < pagesARound; page += 1) {
    const after = places.get(place);
    const found = await documentStore.find<StoredProfile>(liveCollection('profiles'), {
      where: { tenantId, riskLevel: level },
      limit: profilesAtATime,
      ...(after && { after }),
    });
    const people = found.documents.filter((profile): profile is ProfileDocument => !isForwarded(profile));
    const ids = people.map((profile) => decisionIdOf(profile, level));
    const known = await documentStore.getMany(
      liveCollection('decisions'),
      ids.map((id) => documentId(tenantId, id)),
    );
    for (const [at, profile] of people.entries()) {
      const decisionId = ids[at];
      if (decisionId === undefined || known[at] !== undefined) continue;
      await decideAbout(options, profile, decisionId, level);
      decided += 1;
    }
    if (found.next === undefined) {
      places.delete(place);
      return decided;
    }
    places.set(place, found.next);
  }
  return decided;
}

async function decideAbout(
  { decide, onError, newId, now }: WatchRiskOptions,
  { tenantId, subject }: ProfileDocument,
  decisionId: string,
  level: RiskLevel,
): Promise<void> {
  const at = now();
  const id = newId();
  const ids = { messageId: id, correlationId: id, causationId: id };
  try {
    await decide({
      ...{ tenantId, subject, decisionId, causedAt: at },
      cause: causedBy('risk'),
      happening: { kind: 'risk', level },
      causedBy: { id, metadata: { ...ids, tenantId, schemaVersion: 1, occurredAt: at, recordedAt: at } },
    });
  } catch (error) {
    onError(error);
  }
}

function decisionIdOf({ subject, lastActiveAt }: ProfileDocument, level: RiskLevel): string {
  return `${subject}.risk-${level}-${Math.floor(lastActiveAt / day)}`;
}
