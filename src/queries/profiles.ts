import type { Where } from '../documentStore/documentStore.js';
import type { LifecycleStage, RiskLevel, UserSegment } from '../domain/standing.js';
import type { ConsentStatus } from '../projections/consents/document.js';
import { type ProfileDocument, profilesCollection } from '../projections/profiles/document.js';
import { riskScores } from '../projections/profiles/riskScore.js';
import { profileViewOf, type RiskFactors, riskFactorsOf } from '../projections/profiles/view.js';
import { consentStatusesFor, consentStatusFor } from './consents.js';
import { isoTime } from './models/fields.js';
import type { PersonRisk, Profile } from './models/profile.js';
import { mapPage, type Page, type PageRequest } from './page.js';
import type { View } from './view.js';

export const profileSorts = ['lastActiveAt', 'createdAt', 'riskScore', 'engagementScore'] as const;

/** What a list is sorted by: who was active at which second of a minute is not indexed. */
const indexed = {
  lastActiveAt: 'lastActiveMinute',
  createdAt: 'createdAt',
  riskScore: 'riskScore',
  engagementScore: 'engagementScore',
} as const satisfies Record<(typeof profileSorts)[number], keyof ProfileDocument>;

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
  const found = await findProfiles(view, filter, order, page);
  const subjects = found.documents.map(({ subject }) => subject);
  const statuses = await consentStatusesFor(view, subjects);
  const statusOf = new Map(subjects.map((subject, at) => [subject, statuses[at] ?? 'unknown']));
  return mapPage(found, (document) => toProfile(document, statusOf.get(document.subject) ?? 'unknown'));
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
    ...(sort && { sort: { ...sort, field: indexed[sort.field] } }),
    ...page,
  });
}

/** One person's profile, by the same view it was found in. */
export async function profileOf(view: View, document: ProfileDocument): Promise<Profile> {
  return toProfile(document, await consentStatusFor(view, document.subject));
}

function toProfile(document: ProfileDocument, consentStatus: ConsentStatus): Profile {
  const shown = profileViewOf(document);
  return {
    ...shown,
    createdAt: isoTime(shown.createdAt),
    lastActiveAt: isoTime(shown.lastActiveAt),
    // As own properties, whatever the names: `__proto__` is a trait like any other.
    traits: Object.fromEntries(shown.traits.map(({ name, value }) => [name, value])),
    riskFactors: toRiskFactors(shown.riskFactors),
    consentStatus,
    interventionHistory: shown.interventionHistory.map((entry) => ({ ...entry, at: isoTime(entry.at) })),
  };
}

export function toRisk(document: ProfileDocument): PersonRisk {
  return { userId: document.userId, ...toRiskFactors(riskFactorsOf(document)) };
}

function toRiskFactors(factors: RiskFactors): Profile['riskFactors'] {
  return { ...factors, lastRiskAssessment: isoTime(factors.lastRiskAssessment) };
}
