import { consentEventTypes, isConsentEvent } from '../../domain/consent/events.js';
import { matterOf, prevails } from '../../domain/consent/evolve.js';
import { subjectOfConsent } from '../../domain/consent/streamName.js';
import type { Recorded } from '../../domain/metadata.js';
import type { Projection } from '../../processors/processor.js';
import { documentId } from '../documentId.js';
import { type ConsentDocument, consentsCollection, mostHistory, type RecordedDecision } from './document.js';

const collection = consentsCollection.name;

/** One document an identity that has decided anything: what stands, by the same rule as the write side, and how it came. */
export const consentsProjection: Projection = {
  name: 'consents',
  version: 1,
  collections: [consentsCollection],
  eventTypes: consentEventTypes,
  keys(recorded) {
    return [{ collection, id: documentId(recorded.metadata.tenantId, subjectOf(recorded)) }];
  },
  evolve(recorded, documents): void {
    const { event, metadata } = recorded;
    if (!isConsentEvent(event)) return;
    const subject = subjectOf(recorded);
    const id = documentId(metadata.tenantId, subject);
    const document = documents.get<ConsentDocument>(collection, id) ?? {
      id,
      tenantId: metadata.tenantId,
      subject,
      standing: [],
      history: [],
      decisions: 0,
    };
    const decision = { event, eventId: recorded.id, recordedAt: metadata.recordedAt };
    document.history.push(decision);
    if (document.history.length > mostHistory) document.history.shift();
    document.decisions += 1;
    putStanding(document, decision);
    documents.put(collection, document);
  },
};

function putStanding(document: ConsentDocument, decision: RecordedDecision): void {
  const matter = matterOf(decision.event);
  const present = document.standing.find((each) => each.matter === matter);
  if (present !== undefined && !prevails(decision.event, present.event)) return;
  document.standing = [...document.standing.filter((each) => each !== present), { matter, ...decision }].sort(
    (a, b) => (a.matter < b.matter ? -1 : 1),
  );
}

function subjectOf({ streamName }: Recorded<unknown>): string {
  const subject = subjectOfConsent(streamName);
  if (subject === undefined) throw new Error('a consent event stands outside a consent stream');
  return subject;
}
