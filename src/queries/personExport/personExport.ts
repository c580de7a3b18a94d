import { createHash } from 'node:crypto';
import { isInterventionEvent } from '../../domain/intervention/events.js';
import { journeyStreamName } from '../../domain/journey/streamName.js';
import type { JsonObject } from '../../domain/json.js';
import type { Position } from '../../domain/metadata.js';
import type { ExportKind } from '../../domain/personExport/events.js';
import { type EventStore, formatPosition } from '../../eventStore/eventStore.js';
import type { DocumentReader } from '../documentReader.js';
import { isoTime } from '../models/fields.js';
import { isJourneyEvent } from '../models/journeyEvent.js';
import { findProfile, interventionStreams } from '../person.js';
import { findHistory } from '../personHistory.js';
import { toProfile } from '../profiles.js';
import { type ExportLine, type ExportPart, lineKinds, lineSchema, partOf, partsOf } from './exportLine.js';
import { type ExportManifest, manifestPath, signaturePath } from './exportManifest.js';
import { exportPage } from './exportPage.js';
import { count, emptyTally } from './exportTally.js';
import { lineOfConsent, linesOfIntervention, linesOfJourneyEvent } from './linesOf.js';
import { type OpenSealed, openLines } from './openLines.js';
import { inOrderOfRecording, readUpTo } from './personEvents.js';
import { type ZipEntry, zip } from './zipWriter.js';

/** Signs with Ed25519; others check it with the public key. */
export interface SigningKey {
  readonly keyId: string;
  readonly publicKeyPem: string;
  /** Base64. */
  sign(bytes: Buffer): string;
}

export interface PersonExportPorts {
  readonly eventStore: EventStore;
  readonly documents: DocumentReader;
  readonly openSealed: OpenSealed;
  readonly signingKey: SigningKey;
  /** The stream of a person's consents; all of its events are told by the person. */
  readonly consentStreamName?: (tenantId: string, subject: string) => string;
  /** Epoch milliseconds. */
  now(): number;
}

export interface PersonExportRequest {
  readonly tenantId: string;
  readonly exportId: string;
  readonly requestId: string | null;
  readonly kind: ExportKind;
  /** Pseudonyms of one person: each leads to all journeys linked to it. */
  readonly subjects: readonly string[];
}

/** The bytes of a ZIP archive, made as they are read. `onProgress`: how much of the events was read, 0–1. */
export type CreatePersonExport = (
  request: PersonExportRequest,
  onProgress: (fraction: number) => void,
) => AsyncIterable<Buffer>;

interface Person {
  readonly tenantId: string;
  readonly journeys: readonly string[];
  readonly end: Position | undefined;
}

/** Bytes gathered before they are packed. */
const pieceSize = 64 * 1024;

/**
 * All that is recorded of one person, as it was when the export began: reads the journeys once for each part, so that
 * memory stays the same however long they are.
 */
export function createPersonExport(ports: PersonExportPorts): CreatePersonExport {
  return async function* (request, onProgress) {
    const createdAt = ports.now();
    const person = await findPerson(ports, request);
    yield* zip(files(ports, request, person, createdAt, onProgress), createdAt);
  };
}

async function findPerson({ eventStore }: PersonExportPorts, request: PersonExportRequest): Promise<Person> {
  const { tenantId, subjects } = request;
  const end = await eventStore.head();
  const journeys = new Set<string>();
  for (const subject of subjects) {
    const history = await findHistory(eventStore, tenantId, subject, Number.POSITIVE_INFINITY);
    for (const journey of history?.journeys ?? []) journeys.add(journey);
  }
  return { tenantId, journeys: [...journeys], end };
}

async function* files(
  ports: PersonExportPorts,
  request: PersonExportRequest,
  person: Person,
  createdAt: number,
  onProgress: (fraction: number) => void,
): AsyncGenerator<ZipEntry, void, undefined> {
  const { tenantId, exportId, requestId, kind } = request;
  const parts = partsOf[kind];
  const tally = emptyTally();
  const listed: ExportManifest['files'][number][] = [];
  const whole = (text: string) => pieces([text]);
  const entry = (path: string, content: AsyncIterable<Buffer>): ZipEntry => ({
    path,
    content: hashed(content, (sha256, bytes) => listed.push({ path, bytes, sha256 })),
  });
  const total = parts.length * (await countEvents(ports.eventStore, person));
  let read = 0;
  const onEvent = () => {
    read += 1;
    if (read % 1000 === 0) onProgress(Math.min(read / total, 1));
  };

  for (const part of parts) {
    const lines = openLines(linesOfPart(ports, person, part, createdAt, onEvent), (texts) =>
      ports.openSealed(tenantId, texts),
    );
    const text = (line: ExportLine) => {
      count(tally, line);
      return `${JSON.stringify(line)}\n`;
    };
    yield entry(`${part}.jsonl`, pieces(mapped(lines, text)));
  }
  for (const line of lineKinds.filter((each) => parts.includes(partOf[each]))) {
    yield entry(`schemas/${line}.json`, whole(`${JSON.stringify(lineSchema(line), null, 2)}\n`));
  }
  yield entry('index.html', whole(exportPage({ ...request, createdAt, parts, tally })));

  const { keyId: id, publicKeyPem: publicKey } = ports.signingKey;
  const manifest: ExportManifest = {
    format: 'waymark-person-export',
    version: 1,
    kind,
    tenantId,
    exportId,
    requestId,
    createdAt: isoTime(createdAt),
    position: person.end === undefined ? null : formatPosition(person.end),
    counts: Object.fromEntries(parts.map((part) => [part, tally.counts[part]])),
    files: listed,
    key: { id, algorithm: 'Ed25519', publicKey },
  };
  const signed = `${JSON.stringify(manifest, null, 2)}\n`;
  yield { path: manifestPath, content: whole(signed) };
  yield { path: signaturePath, content: whole(`${ports.signingKey.sign(Buffer.from(signed))}\n`) };
}

async function* linesOfPart(
  ports: PersonExportPorts,
  person: Person,
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
  for (const stream of await interventionStreams(ports.documents, tenantId, journeys)) {
    for await (const recorded of readUpTo(ports.eventStore, stream, end)) {
      if (isInterventionEvent(recorded.event)) yield* linesOfIntervention(recorded, recorded.event);
    }
  }
}

/** What the read models say of the person now: what they told, or what is concluded. */
async function summaryOf(
  { documents }: PersonExportPorts,
  { tenantId, journeys: [main] }: Person,
  part: ExportPart,
  createdAt: number,
): Promise<ExportLine | undefined> {
  if (main === undefined || part === 'observed') return undefined;
  const document = await findProfile(documents, tenantId, main);
  if (document === undefined) return undefined;
  const { userId, anonymousId, traits, ...concluded } = toProfile(document);
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

async function countEvents(eventStore: EventStore, { tenantId, journeys }: Person): Promise<number> {
  let total = 0;
  for (const journey of journeys) {
    const stream = journeyStreamName(tenantId, journey);
    const { lastRevision } = await eventStore.readStream(stream, { direction: 'backwards', maxCount: 1 });
    if (lastRevision !== undefined) total += Number(lastRevision) + 1;
  }
  return total;
}

async function* mapped<A, B>(
  values: AsyncIterable<A>,
  change: (value: A) => B,
): AsyncGenerator<B, void, undefined> {
  for await (const value of values) yield change(value);
}

async function* pieces(
  texts: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<Buffer, void, undefined> {
  let gathered = '';
  for await (const text of texts) {
    gathered += text;
    if (gathered.length < pieceSize) continue;
    yield Buffer.from(gathered);
    gathered = '';
  }
  if (gathered !== '') yield Buffer.from(gathered);
}

async function* hashed(
  content: AsyncIterable<Buffer>,
  done: (sha256: string, bytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of content) {
    hash.update(piece);
    bytes += piece.length;
    yield piece;
  }
  done(hash.digest('hex'), bytes);
}
