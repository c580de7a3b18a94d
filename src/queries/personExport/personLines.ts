import { analysisStreamName } from '../../domain/analysis/streamName.js';
import { isDecisionEvent } from '../../domain/decision/events.js';
import { isInterventionEvent } from '../../domain/intervention/events.js';
import { journeyStreamName } from '../../domain/journey/streamName.js';
import type { JsonObject } from '../../domain/json.js';
import type { Position } from '../../domain/metadata.js';
import { isReachabilityEvent } from '../../domain/reachability/events.js';
import { reachabilityStreamName } from '../../domain/reachability/streamName.js';
import type { DocumentReader } from '../documentReader.js';
import { isoTime } from '../models/fields.js';
import { isJourneyEvent } from '../models/journeyEvent.js';
import { decisionStreams, findProfile, interventionStreams } from '../person.js';
import type { ShownEvents } from '../presentEvents.js';
import { profileOf } from '../profiles.js';
import { type ExportLine, type ExportPart, partOf } from './exportLine.js';
import {
  lineOfAnalysis,
  lineOfConsent,
  lineOfReachability,
  linesOfDecision,
  linesOfIntervention,
  linesOfJourneyEvent,
} from './linesOf.js';
import { inOrderOfRecording, readUpTo } from './personEvents.js';

export interface PersonLinesPorts {
  readonly eventStore: Pick<ShownEvents, 'head' | 'readStream'>;
  readonly documents: DocumentReader;
  /** The stream of a person's consents; all of its events are told by the person. */
  readonly consentStreamName?: (tenantId: string, subject: string) => string;
}

/** Whom an export is about, up to which position. */
export interface ExportedPerson {
  readonly tenantId: string;
  readonly journeys: readonly string[];
  /** Undefined in an empty store. */
  readonly end: Position | undefined;
}

/** All lines of one part, still sealed. `onEvent` is called for each event of a journey. */
export async function* linesOfPart(
  ports: PersonLinesPorts,
  person: ExportedPerson,
  part: ExportPart,
  createdAt: number,
  onEvent: () => void,
): AsyncGenerator<ExportLine, void, undefined> {
  const { tenantId, journeys, end } = person;
  const summary = await summaryOf(ports, person, part, createdAt);
  if (summary !== undefined) yield summary;
  if (end === undefined) return;
  const streams = journeys.map((journey) => journeyStreamName(tenantId, journey));
  for await (const recorded of inOrderOfRecording(ports.eventStore, streams, end)) {
    onEvent();
    if (!isJourneyEvent(recorded.event)) continue;
    for (const line of linesOfJourneyEvent(recorded, recorded.event))
      if (partOf[line.kind] === part) yield line;
  }
  const { consentStreamName } = ports;
  if (part === 'provided' && consentStreamName !== undefined) {
    const consents = journeys.map((journey) => consentStreamName(tenantId, journey));
    for await (const recorded of inOrderOfRecording(ports.eventStore, consents, end)) {
      yield lineOfConsent(recorded);
    }
  }
  if (part !== 'inferred') return;
  const aboutHelp = [
    ...(await decisionStreams(ports.documents, tenantId, journeys)),
    ...(await interventionStreams(ports.documents, tenantId, journeys)),
    ...journeys.map((journey) => reachabilityStreamName(tenantId, journey)),
    ...journeys.map((journey) => analysisStreamName(tenantId, journey)),
  ];
  for (const stream of aboutHelp) {
    for await (const recorded of readUpTo(ports.eventStore, stream, end)) {
      const { event } = recorded;
      if (isInterventionEvent(event)) yield* linesOfIntervention(recorded, event);
      else if (isDecisionEvent(event)) yield* linesOfDecision(recorded, event);
      else if (isReachabilityEvent(event)) yield lineOfReachability(recorded, event);
      else if (event.type === 'ContextAnalysed') yield lineOfAnalysis(recorded, event);
    }
  }
}

/** What the read models say of the person now: what they told, or what is concluded. */
async function summaryOf(
  { documents }: PersonLinesPorts,
  { tenantId, journeys: [main] }: ExportedPerson,
  part: ExportPart,
  createdAt: number,
): Promise<ExportLine | undefined> {
  if (main === undefined || part === 'observed') return undefined;
  const document = await findProfile(documents, tenantId, main);
  if (document === undefined) return undefined;
  const { userId, anonymousId, traits, ...concluded } = await profileOf(
    { tenantId, documents, position: null },
    document,
  );
  if (part === 'provided') return { kind: 'profile', ...asJson({ userId, anonymousId, traits }) };
  const { userSegment, lifecycleStage, demographics, preferences, behaviorMetrics, engagement, riskFactors } =
    concluded;
  const scores = {
    userSegment,
    lifecycleStage,
    demographics,
    preferences,
    behaviorMetrics,
    engagement,
    riskFactors,
  };
  return { kind: 'assessment', assessedAt: isoTime(createdAt), ...asJson(scores) };
}

/** A model that is answered as JSON elsewhere. */
function asJson(model: object): JsonObject {
  return JSON.parse(JSON.stringify(model)) as JsonObject;
}
