import { journeyStreamName } from '../../domain/journey/streamName.js';
import type { ExportKind } from '../../domain/personExport/events.js';
import { formatPosition } from '../../eventStore/eventStore.js';
import { isoTime } from '../models/fields.js';
import { findHistory } from '../personHistory.js';
import { type ExportLine, lineKinds, lineSchema, partOf, partsOf } from './exportLine.js';
import { type ExportManifest, manifestPath, signaturePath } from './exportManifest.js';
import { exportPage } from './exportPage.js';
import { count, emptyTally } from './exportTally.js';
import { type OpenSealed, openLines } from './openLines.js';
import { type ExportedPerson, linesOfPart, type PersonLinesPorts } from './personLines.js';
import { hashed, mapped, pieces } from './pieces.js';
import { type ZipEntry, zip } from './zipWriter.js';

/** Signs with Ed25519; others check it with the public key. */
export interface SigningKey {
  readonly keyId: string;
  readonly publicKeyPem: string;
  /** Base64. */
  sign(bytes: Buffer): string;
}

export interface PersonExportPorts extends PersonLinesPorts {
  readonly openSealed: OpenSealed;
  readonly signingKey: SigningKey;
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

async function findPerson(
  { eventStore }: PersonExportPorts,
  request: PersonExportRequest,
): Promise<ExportedPerson> {
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
  person: ExportedPerson,
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

/** Those past their period among them: it measures progress alone. */
async function countEvents(
  eventStore: PersonExportPorts['eventStore'],
  { tenantId, journeys }: ExportedPerson,
): Promise<number> {
  let total = 0;
  for (const journey of journeys) {
    const stream = journeyStreamName(tenantId, journey);
    const { lastRevision } = await eventStore.readStream(stream, { maxCount: 1 });
    if (lastRevision !== undefined) total += Number(lastRevision) + 1;
  }
  return total;
}
