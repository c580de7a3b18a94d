import type { ConsentChannel } from '../domain/consent/events.js';
import { consentChannels } from '../domain/consent/events.js';
import type { PastHelp, PersonFacts } from '../domain/decision/commands.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import { journeyStreamName } from '../domain/journey/streamName.js';
import type { Recorded } from '../domain/metadata.js';
import { decode } from '../eventStore/codec.js';
import { type EventStore, type RecordedEvent, StreamDeleted } from '../eventStore/eventStore.js';
import { type DecisionDocument, decisionsCollection } from '../projections/decisions/document.js';
import type { ProfileDocument } from '../projections/profiles/document.js';
import { preferencesOf } from '../projections/profiles/preferences.js';
import type { DocumentReader } from './documentReader.js';
import { findProfile } from './person.js';

/** What the read models say of a person that decisions about help go by. */
export interface KnownPerson {
  readonly standing: PersonFacts['standing'];
  readonly preferredChannels: readonly ConsentChannel[];
  /** Channels that need no address, and those that the person gave one for. */
  readonly addressed: ReadonlySet<ConsentChannel>;
  /** IANA name as the person's profile has it. */
  readonly timeZone: string | null;
  /** Language tags from the profile, first choice first. */
  readonly languages: readonly string[];
  /** Newest first. */
  readonly history: readonly PastHelp[];
}

/** Help that one person was given since the longest window began is far less. */
const mostHistory = 200;

function allSubjects(profile: ProfileDocument | undefined, subject: string): readonly string[] {
  return [
    ...new Set([...(profile === undefined ? [] : [profile.subject, ...profile.linkedSubjects]), subject]),
  ];
}

/** A person's pseudonyms, this one and those of all linked journeys. */
export async function subjectsOf(
  documents: DocumentReader,
  tenantId: string,
  subject: string,
): Promise<readonly string[]> {
  return allSubjects(await findProfile(documents, tenantId, subject), subject);
}

/** The trait that holds the address of a channel. */
const addressTraits = {
  email: ['email'],
  sms: ['phone'],
  push: ['pushToken', 'webPush'],
} as const satisfies Partial<Record<ConsentChannel, readonly string[]>>;

/** @param since epoch milliseconds: what was decided before is of no interest */
export async function findKnownPerson(
  documents: DocumentReader,
  tenantId: string,
  subject: string,
  since: number,
): Promise<KnownPerson> {
  const profile = await findProfile(documents, tenantId, subject);
  const subjects = allSubjects(profile, subject);
  const { documents: decisions } = await documents.find<DecisionDocument>(decisionsCollection.name, {
    where: { tenantId, subject: { in: subjects }, decidedAt: { gt: since } },
    sort: { field: 'decidedAt', direction: 'desc' },
    limit: mostHistory,
  });
  const history = decisions.flatMap((decision) => toPastHelp(decision) ?? []);
  if (profile === undefined) {
    const addressed = new Set<ConsentChannel>(['in_app', 'webhook']);
    return { standing: null, preferredChannels: [], addressed, timeZone: null, languages: [], history };
  }
  const { userSegment: segment, riskLevel, lifecycleStage: stage } = profile;
  const preferred = preferencesOf(profile).communicationChannels;
  return {
    standing: { segment, riskLevel, stage },
    preferredChannels: preferred.flatMap((name) => consentChannels.find((channel) => channel === name) ?? []),
    ...traitsOf(profile),
    history,
  };
}

function traitsOf(profile: ProfileDocument): Pick<KnownPerson, 'addressed' | 'timeZone' | 'languages'> {
  const traits = new Map(profile.traits.map(({ name, value }) => [name, value]));
  const has = (name: string) => (traits.get(name) ?? null) !== null;
  const addressed = new Set<ConsentChannel>(['in_app', 'webhook']);
  for (const channel of ['email', 'sms', 'push'] as const) {
    if (addressTraits[channel].some(has)) addressed.add(channel);
  }
  const timeZone = traits.get('timezone');
  return {
    addressed,
    timeZone: typeof timeZone === 'string' && timeZone.length <= 64 ? timeZone : null,
    languages: [traits.get('locale'), traits.get('language')].filter((value) => typeof value === 'string'),
  };
}

/** Undefined where nobody was to be helped. */
function toPastHelp(document: DecisionDocument): PastHelp | undefined {
  const { decisionId, featureId, chosen, decidedAt, help: status, channel } = document;
  if (chosen === null) return undefined;
  const { strategyId, arm, channels, notBefore } = chosen;
  return {
    ...{ decisionId, strategyId, featureId, arm, status },
    channels: channel === null ? channels : [channel],
    at: notBefore ?? decidedAt,
  };
}

/** Decisions of one person that still wait for their goal are far fewer. */
const mostOpen = 200;

/** Decisions about a person, over all their identities, made since a moment (epoch milliseconds), newest first. */
export async function findDecisionsSince(
  documents: DocumentReader,
  tenantId: string,
  subject: string,
  since: number,
): Promise<readonly DecisionDocument[]> {
  const found = await documents.find<DecisionDocument>(decisionsCollection.name, {
    where: {
      tenantId,
      subject: { in: await subjectsOf(documents, tenantId, subject) },
      decidedAt: { gte: since },
    },
    sort: { field: 'decidedAt', direction: 'desc' },
    limit: mostOpen,
  });
  return found.documents;
}

/** Of the first page and of each further one. */
const pagesOfAll = [200, 200] as const;

/**
 * Whether an event of this name occurred in any of a person's journeys within the time given. Read backwards from the
 * journeys' ends, so never behind, up to what was recorded before `from`. Epoch milliseconds, without the start.
 */
export async function eventCame(
  eventStore: Pick<EventStore, 'readStream'>,
  tenantId: string,
  subjects: readonly string[],
  { name, from, to }: { readonly name: string; readonly from: number; readonly to: number },
): Promise<boolean> {
  for (const subject of subjects) {
    const events = backwardsTo(from, eventStore, journeyStreamName(tenantId, subject), pagesOfAll);
    for await (const { event, metadata } of events) {
      if (event.type !== 'ActionTracked' || event.data.name !== name) continue;
      const { occurredAt } = metadata;
      if (occurredAt > from && occurredAt <= to) return true;
    }
  }
  return false;
}

/** The events of a stream from its end, up to what was recorded before `since` (epoch milliseconds). */
async function* backwardsTo(
  since: number,
  eventStore: Pick<EventStore, 'readStream'>,
  streamName: string,
  [firstPage, page]: readonly [number, number],
): AsyncGenerator<Recorded<DomainEvent>> {
  for (let before: bigint | undefined; ; ) {
    const maxCount = before === undefined ? firstPage : page;
    const events = await readBackwards(eventStore, streamName, before, maxCount);
    for (const stored of events) {
      const recorded = decode(stored);
      if (recorded === undefined) continue;
      if (recorded.metadata.recordedAt < since) return;
      yield recorded;
    }
    const first = events.at(-1);
    if (first === undefined || first.revision === 0n) return;
    before = first.revision - 1n;
  }
}

async function readBackwards(
  eventStore: Pick<EventStore, 'readStream'>,
  streamName: string,
  from: bigint | undefined,
  maxCount: number,
): Promise<readonly RecordedEvent[]> {
  try {
    const { events } = await eventStore.readStream(streamName, {
      direction: 'backwards',
      maxCount,
      ...(from !== undefined && { from }),
    });
    return events;
  } catch (error) {
    if (error instanceof StreamDeleted) return [];
    throw error;
  }
}

/** What comes in while help is worded is most often less, and nothing at all says the last event by itself. */
const pagesMeanwhile = [1, 10] as const;
/** How far back the locale of a person's device is looked for, in events. */
const eventsWithLocale = 20;

/** Language tags, first choice first: of the profile as it is stored, then what the latest event to name any named. */
export async function languagesOf(
  profile: ProfileDocument | undefined,
  eventStore: Pick<EventStore, 'readStream'>,
  tenantId: string,
  subject: string,
  struggleId: string | null,
): Promise<readonly string[]> {
  const journey = struggleId?.slice(0, struggleId.lastIndexOf('.')) ?? subject;
  const streamName = journeyStreamName(tenantId, journey);
  const events = await readBackwards(eventStore, streamName, undefined, eventsWithLocale);
  const named = events.flatMap((stored) => {
    const data = decode(stored)?.event.data;
    if (data === undefined || !('context' in data || 'traits' in data)) return [];
    const { traits, context } = data;
    const locales = [traits?.locale, traits?.language, context?.locale];
    return locales.filter((value) => typeof value === 'string' && value.length <= 35).map(String);
  });
  return [...(profile === undefined ? [] : traitsOf(profile).languages), ...named];
}

/** Whether the struggle's journey says that it was resolved, by what was recorded since then (epoch milliseconds). */
export async function resolvedSince(
  eventStore: Pick<EventStore, 'readStream'>,
  tenantId: string,
  struggleId: string,
  since: number,
): Promise<boolean> {
  const journey = struggleId.slice(0, struggleId.lastIndexOf('.'));
  const streamName = journeyStreamName(tenantId, journey);
  for await (const { event } of backwardsTo(since, eventStore, streamName, pagesMeanwhile)) {
    if (event.type === 'StruggleResolved' && event.data.struggleId === struggleId) return true;
  }
  return false;
}
