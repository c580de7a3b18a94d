import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams, {
  type BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { EmbeddedEventStore } from '../../../src/eventStore/embedded/embeddedEventStore.js';
import {
  metadataFromText,
  metadataPrefix,
  metadataType,
} from '../../../src/eventStore/embedded/streamMetadata.js';
import {
  type AppendResult,
  type EventData,
  type ExpectedRevision,
  WrongExpectedRevision,
} from '../../../src/eventStore/eventStore.js';
import { admit } from './answering.js';
import { type Faults, takes } from './faults.js';
import {
  eventOf,
  expectedOf,
  failureStatus,
  nameOf,
  notReady,
  timedOut,
  toWire,
  unavailable,
} from './wire.js';

type Call = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

interface Pending {
  readonly streamName: string;
  readonly expected: ExpectedRevision;
  readonly messages: BatchAppendReq.ProposedMessage[];
}

/** The BatchAppend call: appends of all streams one after the other, answered as they become durable. */
export function answerAppends(call: Call, store: EmbeddedEventStore, faults: Faults): void {
  const pending = new Map<string, Pending>();
  call.on('data', (request: BatchAppendReq) => {
    const id = request.getCorrelationId()?.getString() ?? '';
    const options = request.getOptions();
    if (options !== undefined) {
      const streamName = nameOf(options.getStreamIdentifier());
      pending.set(id, { streamName, expected: expectedOf(options), messages: [] });
    }
    if (options !== undefined && isPast(options, faults)) {
      pending.delete(id);
      const late = answerFor(id);
      late.setError(timedOut());
      call.write(late);
      return;
    }
    const append = pending.get(id);
    append?.messages.push(...request.getProposedMessagesList());
    if (append === undefined || !request.getIsFinal()) return;
    pending.delete(id);
    answerOne(call, id, append, store, faults).catch((error: unknown) => call.emit('error', error));
  });
  call.on('end', () => call.end());
}

/** By the server's clock. */
function isPast(options: BatchAppendReq.Options, { clockOffset }: Faults): boolean {
  const deadline = options.getDeadline()?.toDate().getTime();
  return deadline !== undefined && deadline <= Date.now() + clockOffset;
}

async function answerOne(
  call: Call,
  id: string,
  append: Pending,
  store: EmbeddedEventStore,
  faults: Faults,
): Promise<void> {
  if (takes(faults, 'notConfirmed')) {
    await write(store, append, faults);
    const late = answerFor(id);
    late.setError(timedOut());
    call.write(late);
    return;
  }
  await admit(faults, call.metadata);
  if (takes(faults, 'failBeforeWrite')) throw unavailable();
  const answer = answerFor(id);
  if (takes(faults, 'notReady')) {
    answer.setError(notReady());
  } else {
    try {
      const result = await write(store, append, faults);
      if (takes(faults, 'failAfterWrite')) throw unavailable();
      if (takes(faults, 'loseAnswers')) return;
      answer.setSuccess(successOf(result, faults));
    } catch (error) {
      if (error instanceof Error && 'metadata' in error) throw error;
      answer.setError(failureStatus(error));
    }
  }
  if (faults.silent || call.destroyed || call.cancelled) return;
  if (takes(faults, 'foreignAnswers')) call.write(answerFor('4c2f6ab6-5b0d-4e0c-93c3-3e2c0f3a8f10'));
  call.write(answer);
}

function answerFor(id: string) {
  const uuid = new shared.UUID();
  uuid.setString(id);
  const answer = new streams.BatchAppendResp();
  answer.setCorrelationId(uuid);
  return answer;
}

async function write(store: EmbeddedEventStore, append: Pending, faults: Faults): Promise<AppendResult> {
  const { streamName, expected, messages } = append;
  const events = messages.map(eventOf);
  const [only] = messages;
  if (streamName.startsWith(metadataPrefix) && only !== undefined && events[0]?.type === metadataType) {
    const text = Buffer.from(only.getData_asU8()).toString();
    const owner = streamName.slice(metadataPrefix.length);
    await store.setStreamMetadata(owner, metadataFromText(`["",${text},{}]`));
    return lastOf(store, streamName);
  }
  if (faults.forgetful && (await isRepetition(store, streamName, events))) {
    const { lastRevision } = await store.readStream(streamName, { maxCount: 1 });
    throw new WrongExpectedRevision(expected, lastRevision);
  }
  return store.appendToStream(streamName, events, expected);
}

async function isRepetition(store: EmbeddedEventStore, streamName: string, events: readonly EventData[]) {
  const { events: stored } = await store.readStream(streamName, { maxCount: 10_000 });
  return stored.some(({ id }) => id === events[0]?.id);
}

async function lastOf(store: EmbeddedEventStore, streamName: string): Promise<AppendResult> {
  const { events } = await store.readStream(streamName, { direction: 'backwards', maxCount: 1 });
  const [last] = events;
  if (last === undefined) throw new Error('nothing was written');
  return { revision: last.revision, position: last.position };
}

function successOf({ revision, position }: AppendResult, faults: Faults) {
  const success = new streams.BatchAppendResp.Success();
  success.setCurrentRevision(revision.toString());
  if (faults.withoutPositions) return success;
  const { commit, prepare } = toWire(position);
  const place = new shared.AllStreamPosition();
  place.setCommitPosition(commit.toString());
  place.setPreparePosition(prepare.toString());
  success.setPosition(place);
  return success;
}
