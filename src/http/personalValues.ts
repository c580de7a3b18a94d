import type { FastifyInstance, FastifyRequest } from 'fastify';
import type {
  MayUse,
  OpenSealed,
  PersonalAccess,
  Purpose,
  RecordAccess,
} from '../commands/personalAccess.js';
import { CodedError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json.js';
import { parseSealed } from '../keyStore/sealedText.js';
import { sealedTextsIn, withMasked, withOpened } from '../queries/sealedValues.js';
import type { Reader } from './reader.js';

/** What stands behind the edge. */
export interface PersonalValuePorts {
  readonly openSealed: OpenSealed;
  readonly recordAccess: RecordAccess;
  readonly mayUse: MayUse;
}

/** What an answer is about. */
export interface AnswerAbout {
  /** Default: `read`. */
  readonly kind?: PersonalAccess['kind'];
  readonly action: string;
  readonly correlationId: string;
  /** Pseudonyms of the one person it is about; empty for lists. */
  readonly subjects: readonly string[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the answer is about persons. Only such answers are looked through for sealed values. */
    personal?: true;
  }
  interface FastifyRequest {
    /** Who reads, and why; null on public routes and ingestion, unless the route finds out by itself. */
    reader: Reader | null;
    /** Pseudonyms of the one person that the answer turned out to be about. */
    subjects: readonly string[] | null;
    /** Of a list, pseudonyms of whom each entry of its `data` is about. */
    entrySubjects: readonly (string | undefined)[] | null;
    /**
     * Records this call as one about these people, for answers that no hook looks through. Await it before answering.
     * @throws what the ports reject with: then nothing may be answered
     */
    recordAbout(subjects: readonly string[]): Promise<void>;
    /**
     * Refuses before anything is done for the answer: making one can ask a model. What is refused meanwhile is found on the
     * answer's way out. @throws CodedError `purpose-not-allowed`
     */
    allowAbout(subjects: readonly string[]): Promise<void>;
  }
}

/** The purposes that a person can refuse. The others rest on law or contract. */
const refusable: readonly Purpose[] = ['analytics', 'personalisation'];

export function isRefusable(purpose: Purpose): boolean {
  return refusable.includes(purpose);
}

/** Opens or masks the sealed values in the answers of every `personal` route, on their way out. */
export function addPersonalValues(app: FastifyInstance, ports: PersonalValuePorts): void {
  app.decorateRequest('reader', null);
  app.decorateRequest('subjects', null);
  app.decorateRequest('entrySubjects', null);
  app.decorateRequest('recordAbout', async function recordAbout(this: FastifyRequest, subjects) {
    await recordReading(ports, readerIn(this), { ...callOf(this), subjects });
  });
  app.decorateRequest('allowAbout', async function allowAbout(this: FastifyRequest, subjects) {
    await allowUse(ports, readerIn(this), subjects);
  });
  app.addHook('preSerialization', (request, _, payload, done) => {
    const { config } = request.routeOptions;
    if (config.personal !== true || typeof payload !== 'object' || payload === null) {
      done(null, payload);
      return;
    }
    const show = async () => {
      const reader = readerIn(request);
      const allowed = await withoutRefusals(ports, reader, request.entrySubjects ?? [], payload);
      return showTo(ports, reader, { ...callOf(request), subjects: request.subjects ?? [] }, allowed);
    };
    show().then((shown) => done(null, shown), done);
  });
}

function readerIn({ reader }: FastifyRequest): Reader {
  if (reader === null) throw new Error('a route about persons answers without knowing its reader');
  return reader;
}

function callOf({ method, id, routeOptions }: FastifyRequest) {
  return {
    kind: method === 'GET' || method === 'HEAD' ? 'read' : 'handled',
    action: routeOptions.schema?.operationId ?? 'unnamed',
    correlationId: id,
  } as const;
}

/** A list without the entries about persons who refused what the reader reads it for. */
async function withoutRefusals(
  { mayUse }: PersonalValuePorts,
  { tenantId, purpose }: Reader,
  subjects: readonly (string | undefined)[],
  answer: object,
): Promise<object> {
  if (!isRefusable(purpose) || !('data' in answer) || !Array.isArray(answer.data)) return answer;
  const allowed = await Promise.all(
    subjects.map((subject) => subject === undefined || mayUse(tenantId, subject, purpose)),
  );
  return { ...answer, data: answer.data.filter((_, entry) => allowed[entry] ?? true) };
}

/**
 * The answer as this reader may see it, its access recorded. An answer that is about no one and holds nothing sealed is
 * handed back as it is.
 * @throws CodedError `purpose-not-allowed`; rejects with what the ports reject with, and then nothing may be shown
 */
export async function showTo(
  ports: PersonalValuePorts,
  reader: Reader,
  about: AnswerAbout,
  answer: object,
): Promise<object> {
  await allowUse(ports, reader, about.subjects);
  const texts = sealedTextsIn(answer);
  const opened = reader.seesPersonalValues
    ? await openTexts(ports, reader.tenantId, texts)
    : new Map<string, JsonValue>();
  await recordReading(ports, reader, about, opened.keys());
  if (reader.seesPersonalValues) return texts.size === 0 ? answer : withOpened(answer, opened);
  const { answer: shown, masked } = withMasked(answer);
  return masked.length === 0 ? answer : { ...shown, masked };
}

/** @throws CodedError `purpose-not-allowed` where the person refused what the reader reads for */
export async function allowUse(
  { mayUse }: PersonalValuePorts,
  { tenantId, purpose }: Reader,
  subjects: readonly string[],
): Promise<void> {
  if (!isRefusable(purpose)) return;
  const answers = await Promise.all(subjects.map((subject) => mayUse(tenantId, subject, purpose)));
  if (answers.every(Boolean)) return;
  throw new CodedError(
    'purpose-not-allowed',
    `This person did not agree to the purpose ${purpose}. Read for another purpose only if it is the real one.`,
  );
}

/** Only what opened: a text whose key is destroyed, or that only looks sealed, is not there. */
async function openTexts(
  { openSealed }: PersonalValuePorts,
  tenantId: string,
  texts: ReadonlySet<string>,
): Promise<ReadonlyMap<string, JsonValue>> {
  const wellFormed = [...texts].filter((text) => parseSealed(text) !== undefined);
  const opened = new Map<string, JsonValue>();
  if (wellFormed.length === 0) return opened;
  const values = await openSealed(tenantId, wellFormed);
  for (const [index, text] of wellFormed.entries()) {
    const value = values[index];
    if (value !== undefined) opened.set(text, value);
  }
  return opened;
}

/** Records the reading where it is about anybody. */
export async function recordReading(
  ports: PersonalValuePorts,
  { tenantId, actor, purpose, ticket }: Reader,
  { kind = 'read', action, correlationId, subjects: ofPerson }: AnswerAbout,
  openedTexts: Iterable<string> = [],
): Promise<void> {
  const ofTexts = [...openedTexts].map((text) => parseSealed(text)?.subject);
  const opened = ofTexts.filter((subject) => subject !== undefined);
  const subjects = [...new Set([...ofPerson, ...opened])];
  if (subjects.length === 0) return;
  await ports.recordAccess({
    kind,
    tenantId,
    actor,
    action,
    purpose,
    ...(ticket !== undefined && { ticket }),
    subjects,
    opened: opened.length > 0,
    correlationId,
  });
}
