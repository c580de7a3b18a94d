import { plainValue } from '../domain/content/plainValue.js';
import type { JsonValue } from '../domain/json.js';
import type { EventStore } from '../eventStore/eventStore.js';
import type { ProfileDocument } from '../projections/profiles/document.js';
import { profileViewOf } from '../projections/profiles/view.js';
import { type StruggleDocument, strugglesCollection } from '../projections/struggles/document.js';
import { type VideoEngagementDocument, videoEngagementsCollection } from '../projections/videos/document.js';
import { audienceOf } from './audience.js';
import type { DocumentReader } from './documentReader.js';
import { languagesOf, subjectsOf } from './helpFacts.js';
import { findProfile } from './person.js';
import { sealedTextsIn, withOpened } from './sealedValues.js';

export interface HelpReadingParts {
  readonly documents: DocumentReader;
  readonly eventStore: Pick<EventStore, 'readStream'>;
  /** In the order of the texts; undefined where the key was destroyed. */
  openSealed(tenantId: string, texts: readonly string[]): Promise<readonly (JsonValue | undefined)[]>;
  /** Names of traits that providers may see. */
  disclosedTraits(tenantId: string): readonly string[];
  /** Epoch milliseconds. */
  now(): number;
}

const mostShown = 5;

/** What help is written from: for whom, and what a model may look up. */
export function createHelpReading(parts: HelpReadingParts) {
  const { documents, eventStore, openSealed } = parts;

  async function profileOf(tenantId: string, subject: string): Promise<ProfileDocument | undefined> {
    const stored = await findProfile(documents, tenantId, subject);
    return stored && withTraits(tenantId, stored);
  }

  async function withTraits(tenantId: string, stored: ProfileDocument): Promise<ProfileDocument> {
    return { ...stored, traits: await opened(tenantId, stored.traits) };
  }

  async function opened<T extends object>(tenantId: string, value: T): Promise<T> {
    const texts = [...sealedTextsIn(value)];
    if (texts.length === 0) return value;
    const values = await openSealed(tenantId, texts);
    return withOpened(value, new Map<string, JsonValue>(texts.map((text, at) => [text, values[at] ?? null])));
  }

  async function personalIn(tenantId: string, { traits, userId, anonymousId }: ProfileDocument) {
    const ids = (await opened(tenantId, [userId, anonymousId])).flatMap((id) =>
      typeof id === 'string' ? [{ trait: null, value: id }] : [],
    );
    return [
      ...ids,
      ...traits.flatMap(({ name: trait, value }) => textsIn(value).map((each) => ({ trait, value: each }))),
    ];
  }

  async function readerOf(tenantId: string, subject: string, struggleId: string | null) {
    const stored = await findProfile(documents, tenantId, subject);
    const languages = await languagesOf(stored, eventStore, tenantId, subject, struggleId);
    if (stored === undefined) {
      const personal = async () => [];
      return { languages, complexity: 'detailed' as const, ageGroup: null, name: null, personal };
    }
    const profile = await withTraits(tenantId, stored);
    const { complexity, ageGroup, name } = audienceOf(profile);
    const called = typeof name === 'string' ? (plainValue(name) ?? null) : null;
    return { languages, complexity, ageGroup, name: called, personal: () => personalIn(tenantId, profile) };
  }

  const minutesAgo = (at: number) => Math.max(0, Math.round((parts.now() - at) / 60_000));

  const readPerson = {
    async struggles(tenantId: string, subject: string) {
      const { documents: found } = await documents.find<StruggleDocument>(strugglesCollection.name, {
        where: { tenantId, subject: { in: await subjectsOf(documents, tenantId, subject) } },
        sort: { field: 'detectedAt', direction: 'desc' },
        limit: mostShown,
      });
      return found.map(({ featureId, signalType, severity, detectedAt, resolved, context }) => ({
        ...{ featureId, signalType, severity, resolved, minutesAgo: minutesAgo(detectedAt) },
        attempts: context.attemptCount,
        actions: context.userActions,
      }));
    },

    async profile(tenantId: string, subject: string) {
      const profile = await profileOf(tenantId, subject);
      if (profile === undefined) return null;
      const { userSegment, lifecycleStage, engagementScore, riskLevel, features, traits } = profile;
      const disclosed = parts.disclosedTraits(tenantId);
      return {
        ...{ userSegment, lifecycleStage, engagementScore, riskLevel },
        features: features.slice(0, mostShown).map(({ featureId }) => featureId),
        traits: Object.fromEntries(
          traits.flatMap(({ name, value }) => (disclosed.includes(name) ? [[name, value]] : [])),
        ),
      };
    },

    async videos(tenantId: string, subject: string) {
      const { documents: found } = await documents.find<VideoEngagementDocument>(
        videoEngagementsCollection.name,
        {
          where: { tenantId, subject: { in: await subjectsOf(documents, tenantId, subject) } },
          sort: { field: 'firstWatchedAt', direction: 'desc' },
          limit: mostShown,
        },
      );
      return found.map(({ videoId, completion, viewCount, segmentsReplayed, skipSegments }) => ({
        ...{ videoId, viewCount, watchedPercent: completion === null ? null : completion / 100 },
        ...{ replayed: segmentsReplayed.length, skipped: skipSegments.length },
      }));
    },
  };

  /** All that is known of a person's situation, as a model may be told it. */
  async function situationOf(tenantId: string, subject: string) {
    const [reader, stored, ...read] = await Promise.all([
      readerOf(tenantId, subject, null),
      findProfile(documents, tenantId, subject),
      readPerson.profile(tenantId, subject),
      readPerson.struggles(tenantId, subject),
      readPerson.videos(tenantId, subject),
    ]);
    const [profile, struggles, videos] = read;
    return { reader, situation: { profile, struggles, videos, ...(stored && standingOf(stored)) } };
  }

  return { readerOf, readPerson, situationOf };
}

function standingOf(stored: ProfileDocument) {
  const { behaviorMetrics, preferences, riskFactors, engagement } = profileViewOf(stored);
  const { preferredInteractionStyle, contentComplexity, notificationFrequency } = preferences;
  return {
    engagement,
    behaviour: behaviorMetrics,
    preferences: { preferredInteractionStyle, contentComplexity, notificationFrequency },
    risk: riskFactors.riskContributors.filter(({ contribution }) => contribution > 0),
  };
}

/** From so many digits on a number can be a customer's; a shorter one stands in too many texts. */
const longNumber = 1e4;

function textsIn(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return value >= longNumber ? [String(value)] : [];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
