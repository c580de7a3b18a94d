import type { Where } from '../documentStore/documentStore.js';
import {
  type LifecycleStage,
  type ProfileDocument,
  profilesCollection,
  type RiskLevel,
  type UserSegment,
} from '../projections/profiles/document.js';
import { riskScores } from '../projections/profiles/riskScore.js';
import { profileViewOf, type RiskFactors, riskFactorsOf } from '../projections/profiles/view.js';
import { isoTime } from './models/fields.js';
import type { PersonRisk, Profile } from './models/profile.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import type { View } from './view.js';

export const profileSorts = ['lastActiveAt', 'createdAt', 'riskScore', 'engagementScore'] as const;

export interface ProfileFilter {
  readonly segment?: UserSegment | undefined;
  readonly risk?: RiskLevel | undefined;
  readonly stage?: LifecycleStage | undefined;
}

export interface ProfileOrder {
  readonly field: (typeof profileSorts)[number];
  readonly direction: 'asc' | 'desc';
}

export async function listProfiles(
  view: View,
  filter: ProfileFilter,
  order: ProfileOrder | undefined,
  page: PageRequest,
): Promise<Page<Profile>> {
  return mapPage(await findProfiles(view, filter, order, page), toProfile);
}

/** The riskiest first. */
export async function listRisks(
  view: View,
  level: RiskLevel | undefined,
  page: PageRequest,
): Promise<Page<PersonRisk>> {
  const order = { field: 'riskScore', direction: 'desc' } as const;
  return mapPage(await findProfiles(view, { risk: level }, order, page), toRisk);
}

function findProfiles(
  view: View,
  { segment, risk, stage }: ProfileFilter,
  sort: ProfileOrder | undefined,
  page: PageRequest,
) {
  const where: Where = {
    tenantId: view.tenantId,
    ...(segment && { userSegment: segment }),
    ...(risk && { riskLevel: risk }),
    ...(stage && { lifecycleStage: stage }),
    // No index has both level and score: the level is a range of scores.
    ...(risk && sort?.field === 'riskScore' && { riskScore: riskScores[risk] }),
  };
  return view.documents.find<ProfileDocument>(profilesCollection.name, {
    where,
    ...(sort && { sort }),
    ...page,
  });
}

export function toProfile(document: ProfileDocument): Profile {
  const shown = profileViewOf(document);
  return {
    ...shown,
    createdAt: isoTime(shown.createdAt),
    lastActiveAt: isoTime(shown.lastActiveAt),
    // As own properties, whatever the names: `__proto__` is a trait like any other.
    traits: Object.fromEntries(shown.traits.map(({ name, value }) => [name, value])),
    riskFactors: toRiskFactors(shown.riskFactors),
    interventionHistory: shown.interventionHistory.map((entry) => ({ ...entry, at: isoTime(entry.at) })),
  };
}

export function toRisk(document: ProfileDocument): PersonRisk {
  return { userId: document.userId, ...toRiskFactors(riskFactorsOf(document)) };
}

function toRiskFactors(factors: RiskFactors): Profile['riskFactors'] {
  return { ...factors, lastRiskAssessment: isoTime(factors.lastRiskAssessment) };
}
