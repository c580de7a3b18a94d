import type { ConsentEvent } from '../domain/consent/events.js';
import { consentStreamName } from '../domain/consent/streamName.js';
import type { DomainEvent } from '../domain/domainEvent.js';
import type { Recorded } from '../domain/metadata.js';
import { formatPosition } from '../eventStore/eventStore.js';
import {
  type ConsentDocument,
  type ConsentStatus,
  consentStatusOf,
  consentsCollection,
  type RecordedDecision,
} from '../projections/consents/document.js';
import { consentsProjection } from '../projections/consents/projection.js';
import { documentId } from '../projections/documentId.js';
import { foldInMemory } from '../projections/foldInMemory.js';
import { memoryReader } from './memoryReader.js';
import type { ConsentDecision, ConsentsModel, consentDecisions } from './models/consents.js';
import { isoTime } from './models/fields.js';
import { readEvents } from './personHistory.js';
import { openView, type QueryPorts, type View } from './view.js';

/** What an identity decided, also of one nothing else is known of; empty where it decided nothing. */
export async function readConsents(
  ports: QueryPorts,
  tenantId: string,
  subject: string,
  asOf: number | undefined,
): Promise<{ readonly view: View; readonly found: ConsentsModel }> {
  const view =
    asOf === undefined
      ? openView(ports, tenantId, ['consents'])
      : await openPastView(ports, tenantId, subject, asOf);
  const document = await findConsents(view, subject);
  return { view: { ...view, subjects: [subject] }, found: toConsents(document) };
}

export async function consentStatusFor(view: View, subject: string): Promise<ConsentStatus> {
  return consentStatusOf(await findConsents(view, subject));
}

/** In the order of the subjects. */
export async function consentStatusesFor(
  { documents, tenantId }: View,
  subjects: readonly string[],
): Promise<ConsentStatus[]> {
  const ids = subjects.map((subject) => documentId(tenantId, subject));
  const found = await documents.getMany<ConsentDocument>(consentsCollection.name, ids);
  return subjects.map((_, at) => consentStatusOf(found[at]));
}

function findConsents({ documents, tenantId }: View, subject: string) {
  return documents.get<ConsentDocument>(consentsCollection.name, documentId(tenantId, subject));
}

async function openPastView(
  { eventStore }: QueryPorts,
  tenantId: string,
  subject: string,
  asOf: number,
): Promise<View> {
  const events: Recorded<DomainEvent>[] = [];
  const stream = readEvents(eventStore, consentStreamName(tenantId, subject), asOf);
  for await (const recorded of stream) events.push(recorded);
  const last = events.at(-1);
  return {
    tenantId,
    documents: memoryReader(foldInMemory(consentsProjection, events)),
    position: last === undefined ? null : formatPosition(last.position),
  };
}

function toConsents(document: ConsentDocument | undefined): ConsentsModel {
  return {
    status: consentStatusOf(document),
    standing: (document?.standing ?? []).map(toDecision),
    history: (document?.history ?? []).map(toDecision).reverse(),
    decisions: document?.decisions ?? 0,
  };
}

const decisionOf = {
  ConsentGranted: 'granted',
  ConsentWithdrawn: 'withdrawn',
  SaleOptedOut: 'sale-opted-out',
  SaleAllowed: 'sale-allowed',
  ProcessingRestricted: 'restricted',
  RestrictionLifted: 'restriction-lifted',
} as const satisfies Record<ConsentEvent['type'], (typeof consentDecisions)[number]>;

function toDecision({ event, eventId, recordedAt }: RecordedDecision): ConsentDecision {
  const { decidedAt, countsFrom, source, policyVersion, textHash, proof, decidedAs } = event.data;
  const scope = 'purpose' in event.data ? event.data : undefined;
  return {
    consentEventId: eventId,
    decision: decisionOf[event.type],
    purpose: scope?.purpose ?? null,
    channel: scope?.channel ?? null,
    decidedAt: isoTime(decidedAt),
    since: isoTime(countsFrom),
    recordedAt: isoTime(recordedAt),
    source,
    policyVersion,
    textHash,
    proof,
    otherIdentity: decidedAs !== undefined,
  };
}
