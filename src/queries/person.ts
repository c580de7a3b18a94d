import type { Document, DocumentCursor, DocumentPage } from '../documentStore/documentStore.js';
import { consentStreamName } from '../domain/consent/streamName.js';
import { decisionStreamName } from '../domain/decision/streamName.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import { interventionStreamName } from '../domain/intervention/streamName.js';
import type { IdentityKind } from '../domain/journey/events.js';
import { journeyStreamName } from '../domain/journey/streamName.js';
import { comparePositions, type Recorded } from '../domain/metadata.js';
import { formatPosition } from '../eventStore/eventStore.js';
import { consentsProjection } from '../projections/consents/projection.js';
import { type DecisionDocument, decisionsCollection } from '../projections/decisions/document.js';
import { decisionsProjection } from '../projections/decisions/projection.js';
import { documentId } from '../projections/documentId.js';
import { foldInMemory } from '../projections/foldInMemory.js';
import { type InterventionDocument, interventionsCollection } from '../projections/interventions/document.js';
import { interventionsProjection } from '../projections/interventions/projection.js';
import {
  isForwarded,
  type ProfileDocument,
  profilesCollection,
  type StoredProfile,
} from '../projections/profiles/document.js';
import { profilesProjection } from '../projections/profiles/projection.js';
import { sessionsProjection } from '../projections/sessions/projection.js';
import { strugglesProjection } from '../projections/struggles/projection.js';
import { videosProjection } from '../projections/videos/projection.js';
import type { DocumentReader } from './documentReader.js';
import { memoryReader } from './memoryReader.js';
import { findHistory, readEvents } from './personHistory.js';
import { openView, type QueryPorts, type View } from './view.js';

export interface PersonIdentity {
  readonly kind: IdentityKind;
  readonly value: string;
}

/** One person, with the journeys that turned out to be theirs. */
export interface PersonView extends View {
  readonly profile: ProfileDocument;
  /** Only events recorded up to then are shown; epoch milliseconds, infinite for the present. */
  readonly recordedUntil: number;
  /** Pseudonyms under which things of this person stand, the person's own first. */
  readonly subjects: readonly string[];
}

/** The read models that say something of a person; all are folded for a past moment. */
const aboutPeople = [
  profilesProjection,
  sessionsProjection,
  strugglesProjection,
  interventionsProjection,
  decisionsProjection,
  videosProjection,
  consentsProjection,
];

const documentsAtATime = 500;
/** An earlier journey leads to a later one, and that can lead further; more would be a circle. */
const longestChain = 8;

/**
 * Undefined where this person is not known, or was not yet at `asOf` (epoch milliseconds).
 * @param projections the read models the answer is made of, besides the profiles
 */
export async function openPerson(
  ports: QueryPorts,
  tenantId: string,
  identity: PersonIdentity,
  projections: readonly string[],
  asOf: number | undefined,
): Promise<PersonView | undefined> {
  const subject = ports.subjectOf(tenantId, identity.kind, identity.value);
  const view =
    asOf === undefined
      ? openView(ports, tenantId, projections)
      : await openPastView(ports, tenantId, subject, asOf);
  if (view === undefined) return undefined;
  const profile = await findProfile(view.documents, tenantId, subject);
  return (
    profile && {
      ...view,
      profile,
      recordedUntil: asOf ?? Number.POSITIVE_INFINITY,
      subjects: [profile.subject, ...profile.linkedSubjects],
    }
  );
}

/** A person's profile by any of their subjects, over forwarded ones. */
export async function findProfile(
  documents: DocumentReader,
  tenantId: string,
  subject: string,
): Promise<ProfileDocument | undefined> {
  let at = subject;
  for (let links = 0; links < longestChain; links += 1) {
    const stored = await documents.get<StoredProfile>(profilesCollection.name, documentId(tenantId, at));
    if (stored === undefined || !isForwarded(stored)) return stored;
    at = stored.linkedTo;
  }
  return undefined;
}

/**
 * The person's events recorded up to `asOf`, folded as the live read models fold them. Holds the events of one person
 * in memory while it works.
 */
async function openPastView(
  ports: QueryPorts,
  tenantId: string,
  subject: string,
  asOf: number,
): Promise<View | undefined> {
  const history = await findHistory(ports.eventStore, tenantId, subject, asOf);
  if (history === undefined) return undefined;
  const streams = [
    ...history.journeys.map((journey) => journeyStreamName(tenantId, journey)),
    ...history.journeys.map((journey) => consentStreamName(tenantId, journey)),
    ...(await decisionStreams(ports.documents, tenantId, history.journeys)),
    ...(await interventionStreams(ports.documents, tenantId, history.journeys)),
  ];
  const events: Recorded<DomainEvent>[] = [];
  for (const stream of streams) {
    for await (const recorded of readEvents(ports.eventStore, stream, asOf)) events.push(recorded);
  }
  events.sort((a, b) => comparePositions(a.position, b.position));
  const folded = aboutPeople.flatMap((projection) => [...foldInMemory(projection, events, asOf)]);
  const last = events.at(-1);
  return {
    tenantId,
    documents: memoryReader(new Map(folded)),
    position: last === undefined ? null : formatPosition(last.position),
  };
}

/** The help that a person was offered stands in streams of its own; the live read model knows which. */
export async function interventionStreams(
  documents: DocumentReader,
  tenantId: string,
  subjects: readonly string[],
): Promise<readonly string[]> {
  const about = { collection: interventionsCollection.name, orderedBy: 'createdAt', tenantId, subjects };
  const names: string[] = [];
  for await (const { interventionId } of allAbout<InterventionDocument>(documents, about))
    names.push(interventionStreamName(tenantId, interventionId));
  return names;
}

/** The same of what was decided about them. */
export async function decisionStreams(
  documents: DocumentReader,
  tenantId: string,
  subjects: readonly string[],
): Promise<readonly string[]> {
  const about = { collection: decisionsCollection.name, orderedBy: 'decidedAt', tenantId, subjects };
  const names: string[] = [];
  for await (const { decisionId } of allAbout<DecisionDocument>(documents, about))
    names.push(decisionStreamName(tenantId, decisionId));
  return names;
}

async function* allAbout<D extends Document>(
  documents: DocumentReader,
  about: {
    readonly collection: string;
    readonly orderedBy: string;
    readonly tenantId: string;
    readonly subjects: readonly string[];
  },
): AsyncGenerator<D, void, undefined> {
  let after: DocumentCursor | undefined;
  do {
    const page: DocumentPage<D> = await documents.find<D>(about.collection, {
      where: { tenantId: about.tenantId, subject: { in: about.subjects } },
      sort: { field: about.orderedBy, direction: 'asc' },
      limit: documentsAtATime,
      ...(after && { after }),
    });
    yield* page.documents;
    after = page.next;
  } while (after !== undefined);
}

/** One thing of one person, in a view that names them. */
export interface FoundOfPerson<T> {
  readonly view: View & { readonly subjects: readonly string[] };
  readonly found: T;
}

/** Whose a document is, by the subject it stands under: that may be one from before the person was known. */
export async function ownerOf(
  { documents, tenantId }: View,
  subject: string,
): Promise<{ readonly userId: string | null; readonly subjects: readonly string[] }> {
  const profile = await findProfile(documents, tenantId, subject);
  if (profile === undefined) return { userId: null, subjects: [subject] };
  return { userId: profile.userId, subjects: [profile.subject, ...profile.linkedSubjects] };
}

/** The user ids behind pseudonyms: at most a few reads of many documents, however many there are. */
export async function userIdsOf(
  { documents, tenantId }: View,
  subjects: readonly string[],
): Promise<(subject: string) => string | null> {
  const found = new Map<string, StoredProfile>();
  let wanted = [...new Set(subjects)];
  for (let links = 0; links < longestChain && wanted.length > 0; links += 1) {
    const ids = wanted.map((subject) => documentId(tenantId, subject));
    const stored = await documents.getMany<StoredProfile>(profilesCollection.name, ids);
    const next = new Set<string>();
    for (const [at, subject] of wanted.entries()) {
      const profile = stored[at];
      if (profile === undefined) continue;
      found.set(subject, profile);
      if (isForwarded(profile) && !found.has(profile.linkedTo)) next.add(profile.linkedTo);
    }
    wanted = [...next];
  }
  return (subject) => {
    let profile = found.get(subject);
    for (let links = 0; links < longestChain && profile !== undefined; links += 1) {
      if (!isForwarded(profile)) return profile.userId;
      profile = found.get(profile.linkedTo);
    }
    return null;
  };
}
