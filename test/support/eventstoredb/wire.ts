import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import streams, { type BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import { Metadata, status } from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import type { JsonObject } from '../../../src/domain/json.js';
import type { Position } from '../../../src/domain/metadata.js';
import {
  AppendTooLarge,
  type EventData,
  type ExpectedRevision,
  type RecordedEvent,
  StreamDeleted,
  WrongExpectedRevision,
} from '../../../src/eventStore/eventStore.js';

/** What a sequence number of the log is on the wire: gaps between, and two parts that differ. */
const stride = 128n;
const gap = 17n;

export function toWire({ commit }: Position): Position {
  return { commit: commit * stride + gap, prepare: commit * stride };
}

/** The last sequence number at or before a position. */
export function sequenceAt(commit: string): bigint {
  return (BigInt(commit) - gap) / stride;
}

export function recordedMessage(event: RecordedEvent, text: string, clockOffset: number) {
  const record = new streams.ReadResp.ReadEvent.RecordedEvent();
  const id = new shared.UUID();
  id.setString(event.id);
  record.setId(id);
  record.setStreamIdentifier(identifier(event.streamName));
  record.setStreamRevision(event.revision.toString());
  const { commit, prepare } = toWire(event.position);
  record.setCommitPosition(commit.toString());
  record.setPreparePosition(prepare.toString());
  record.getMetadataMap().set('type', event.type);
  record.getMetadataMap().set('content-type', 'application/json');
  record.getMetadataMap().set('created', String(BigInt(Date.now() + clockOffset) * 10_000n));
  record.setData(Buffer.from(text));
  record.setCustomMetadata(Buffer.from(JSON.stringify(event.metadata)));
  const read = new streams.ReadResp.ReadEvent();
  read.setEvent(record);
  read.setCommitPosition(commit.toString());
  const response = new streams.ReadResp();
  response.setEvent(read);
  return response;
}

export function identifier(streamName: string) {
  const message = new shared.StreamIdentifier();
  message.setStreamName(Buffer.from(streamName));
  return message;
}

export function nameOf(message: { getStreamName_asU8(): Uint8Array } | undefined): string {
  return Buffer.from(message?.getStreamName_asU8() ?? []).toString();
}

export function eventOf(message: BatchAppendReq.ProposedMessage): EventData {
  return {
    id: message.getId()?.getString() ?? '',
    type: message.getMetadataMap().get('type') ?? '',
    data: jsonOf(message.getData_asU8()),
    metadata: jsonOf(message.getCustomMetadata_asU8()),
  };
}

function jsonOf(bytes: Uint8Array): JsonObject {
  return bytes.length === 0 ? {} : (JSON.parse(Buffer.from(bytes).toString()) as JsonObject);
}

export function expectedOf(options: BatchAppendReq.Options): ExpectedRevision {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'noStream';
  if (options.hasStreamExists()) return 'streamExists';
  return BigInt(options.getStreamPosition());
}

/** A failed append as the batch protocol tells it. */
export function failureStatus(error: unknown) {
  if (error instanceof WrongExpectedRevision) {
    const wrong = new shared.WrongExpectedVersion();
    if (error.actual === undefined) wrong.setCurrentNoStream(new shared.Empty());
    else wrong.setCurrentStreamRevision(error.actual.toString());
    return statusWith('WrongExpectedVersion', wrong.serializeBinary());
  }
  if (error instanceof StreamDeleted) {
    return statusWith('StreamDeleted', new shared.StreamDeleted().serializeBinary());
  }
  if (error instanceof AppendTooLarge) {
    const exceeded = new shared.MaximumAppendSizeExceeded();
    exceeded.setMaxappendsize(error.limit);
    return statusWith('MaximumAppendSizeExceeded', exceeded.serializeBinary());
  }
  return statusWith('Unknown', new shared.Unknown().serializeBinary());
}

export function notReady() {
  const message = new statusPb.Status();
  const details = new any.Any();
  details.pack(new Uint8Array(), 'google.protobuf.Empty');
  message.setDetails(details);
  message.setMessage('Server Is Not Ready');
  return message;
}

function statusWith(name: string, bytes: Uint8Array) {
  const details = new any.Any();
  details.pack(bytes, `event_store.client.${name}`);
  const message = new statusPb.Status();
  message.setDetails(details);
  message.setMessage(name);
  return message;
}

/** A failed call with the trailers that clients tell errors apart by. */
export function callError(error: unknown, streamName: string): Error {
  if (error instanceof WrongExpectedRevision) {
    return withTrailers(status.FAILED_PRECONDITION, 'wrong-expected-version', {
      'stream-name': streamName,
      'expected-version': typeof error.expected === 'bigint' ? String(error.expected) : '-2',
      ...(error.actual === undefined ? {} : { 'actual-version': String(error.actual) }),
    });
  }
  if (error instanceof StreamDeleted) {
    return withTrailers(status.FAILED_PRECONDITION, 'stream-deleted', { 'stream-name': streamName });
  }
  return withTrailers(status.UNKNOWN, 'unknown', {});
}

export function notLeader({ host, port }: { host: string; port: number }): Error {
  return withTrailers(status.NOT_FOUND, 'not-leader', {
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });
}

export function accessDenied(): Error {
  return withTrailers(status.PERMISSION_DENIED, 'access-denied', {});
}

export function unavailable(): Error {
  return withTrailers(status.UNAVAILABLE, 'unavailable', {});
}

function withTrailers(code: number, exception: string, trailers: Record<string, string>): Error {
  const metadata = new Metadata();
  metadata.set('exception', exception);
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return Object.assign(new Error(exception), { code, details: exception, metadata });
}
