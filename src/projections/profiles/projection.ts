import type { DomainEvent } from '../../domain/domainEvent.js';
import { type InterventionEvent, isInterventionEvent } from '../../domain/intervention/events.js';
import { isJourneyEvent, type JourneyEvent, type JourneyTruncated } from '../../domain/journey/events.js';
import type { Recorded } from '../../domain/metadata.js';
import type { DocumentKey, Documents, Projection } from '../../processors/processor.js';
import { recurringDocumentId } from '../documentId.js';
import { journeySubjectOf, ownerOf } from '../owner.js';
import { dayOf } from '../time.js';
import { userEventTypes } from '../userEvents.js';
import { assess, assessScores } from './assess.js';
import {
  type ForwardedProfile,
  isForwarded,
  type ProfileDocument,
  profilesCollection,
  type StoredProfile,
} from './document.js';
import { emptyProfile } from './emptyProfile.js';
import { evolveProfile } from './evolve.js';
import { forgetPastOfProfile } from './forgetPast.js';
import { addLinkedSubject, mergeInto } from './mergeProfiles.js';

const collection = profilesCollection.name;

/** One document a person: profile, engagement and exit risk. */
export const profilesProjection: Projection = {
  name: 'profiles',
  version: 2,
  collections: [profilesCollection],
  aboutPersons: [collection],
  forgetPast: { [collection]: forgetPastOfProfile },
  eventTypes: [
    'JourneyStarted',
    ...userEventTypes,
    'LinkedToUser',
    'JourneyTruncated',
    'SessionStarted',
    'SessionEnded',
    'SessionsMerged',
    'StruggleDetected',
    'StruggleEscalated',
    'StruggleResolved',
    'InterventionProposed',
    'InterventionDelivered',
    'InterventionFailed',
    'InterventionSeen',
    'InterventionClicked',
    'InterventionDismissed',
  ],
  keys(recorded): readonly DocumentKey[] {
    const { event } = recorded;
    const { tenantId } = recorded.metadata;
    const key = { collection, id: recurringDocumentId(tenantId, subjectOf(recorded)) };
    if (event.type === 'LinkedToUser')
      return [key, { collection, id: recurringDocumentId(tenantId, event.data.userSubject) }];
    return event.type === 'JourneyTruncated'
      ? [key, { collection, id: recurringDocumentId(tenantId, journeySubjectOf(recorded)) }]
      : [key];
  },
  evolve(recorded, documents): void {
    const { event } = recorded;
    if (event.type === 'LinkedToUser') linkProfile(recorded, event.data.userSubject, documents);
    else if (event.type === 'JourneyTruncated') keepIdentity(recorded, event, documents);
    else if (isJourneyEvent(event) || isInterventionEvent(event)) foldEvent(recorded, event, documents);
  },
  complete(_, document) {
    // What this projection has put.
    const profile = document as StoredProfile;
    if (!isForwarded(profile)) assessScores(profile);
  },
  clock: {
    collection,
    dueField: 'nextAssessmentAt',
    advance(document, now) {
      // The clock hands over what this projection has put; a forwarded profile has no due field.
      const profile = document as ProfileDocument;
      assess(profile, dayOf(now));
      return profile;
    },
  },
};

function subjectOf(recorded: Recorded<DomainEvent>): string {
  const { event } = recorded;
  if (isInterventionEvent(event)) return event.data.subject;
  return ownerOf(recorded, 'linkedTo' in event.data ? event.data.linkedTo : undefined);
}

function foldEvent(
  recorded: Recorded<DomainEvent>,
  event: JourneyEvent | InterventionEvent,
  documents: Documents,
): void {
  const { tenantId, occurredAt } = recorded.metadata;
  const subject = subjectOf(recorded);
  const stored = documents.get<StoredProfile>(collection, recurringDocumentId(tenantId, subject));
  const isForwardedOn = stored !== undefined && isForwarded(stored);
  // Of a journey that was forwarded, its own later events name the person, until that person is erased: from then on it
  // stands for itself again. Responses to help that was made under the earlier identity still come here, and the read
  // model of interventions has those.
  if (isForwardedOn && !standsForItself(recorded, subject)) return;
  const document =
    stored === undefined || isForwardedOn ? emptyProfile(tenantId, subject, occurredAt) : stored;
  evolveProfile(document, event, occurredAt);
  documents.put(collection, document);
}

function standsForItself(recorded: Recorded<DomainEvent>, subject: string): boolean {
  return isJourneyEvent(recorded.event) && journeySubjectOf(recorded) === subject;
}

/** The earlier journey's document goes into the person's, and only a pointer stays, to the present owner. */
function linkProfile(recorded: Recorded<DomainEvent>, userSubject: string, documents: Documents): void {
  const { tenantId, occurredAt } = recorded.metadata;
  const subject = journeySubjectOf(recorded);
  const id = recurringDocumentId(tenantId, subject);
  const earlier = documents.get<StoredProfile>(collection, id);
  if (earlier !== undefined && isForwarded(earlier)) {
    // Its owner became part of another user, and may be erased without this one.
    const moved: ForwardedProfile = { ...earlier, linkedTo: userSubject };
    documents.put(collection, moved);
    return;
  }
  const stored = documents.get<StoredProfile>(collection, recurringDocumentId(tenantId, userSubject));
  if (stored === undefined || !isForwarded(stored)) {
    const document = stored ?? emptyProfile(tenantId, userSubject, earlier?.createdAt ?? occurredAt);
    if (earlier === undefined) addLinkedSubject(document, subject);
    else mergeInto(document, earlier);
    assess(document, document.assessedDay);
    documents.put(collection, document);
  }
  const forwarded: ForwardedProfile = { id, tenantId, subject, linkedTo: userSubject };
  documents.put(collection, forwarded);
}

/**
 * What the journey's first events told, where they are not there any more; a repetition otherwise. The profile itself goes
 * by when the person was last active.
 */
function keepIdentity(
  recorded: Recorded<DomainEvent>,
  { data: { journey } }: JourneyTruncated,
  documents: Documents,
): void {
  const { tenantId } = recorded.metadata;
  if (journey === null) {
    const own = documents.get<StoredProfile>(
      collection,
      recurringDocumentId(tenantId, journeySubjectOf(recorded)),
    );
    if (own !== undefined && isForwarded(own)) documents.delete(collection, own.id);
    return;
  }
  const document = documents.get<StoredProfile>(
    collection,
    recurringDocumentId(tenantId, subjectOf(recorded)),
  );
  if (document === undefined || isForwarded(document)) return;
  if (journey.kind === 'user') document.userId ??= journey.identity;
  else document.anonymousId ??= journey.identity;
  document.createdAt = Math.min(document.createdAt, journey.startedAt);
  for (const subject of journey.linkedSubjects) addLinkedSubject(document, subject);
  documents.put(collection, document);
}
