import { AccessDeniedError } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams, { type BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import {
  type AppendResult,
  AppendTooLarge,
  type EventData,
  type ExpectedRevision,
  StreamDeleted,
  WrongExpectedRevision,
} from '../../eventStore/eventStore.js';
import { NotConfirmed, NotExecuted, RequestRefused } from './failures.js';

/** EventStoreDB's `MaxAppendSize` as it comes. */
export const maxAppendBytes = 1024 * 1024;

/** An event as it goes over the wire. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Buffer;
  readonly metadata: Buffer;
}

export interface AppendRequest {
  readonly streamName: string;
  readonly events: readonly ProposedEvent[];
  readonly expected: ExpectedRevision;
  /** As EventStoreDB counts them: data + metadata + twice the type name. */
  readonly bytes: number;
}

/** @throws AppendTooLarge */
export function appendRequest(
  streamName: string,
  events: readonly EventData[],
  expected: ExpectedRevision,
): AppendRequest {
  const proposed = events.map(({ id, type, data, metadata }) => ({
    id,
    type,
    data: Buffer.from(JSON.stringify(data)),
    metadata: Buffer.from(JSON.stringify(metadata)),
  }));
  let bytes = 0;
  for (const { type, data, metadata } of proposed) bytes += data.length + metadata.length + 2 * type.length;
  if (bytes > maxAppendBytes) throw new AppendTooLarge(bytes, maxAppendBytes);
  return { streamName, events: proposed, expected, bytes };
}

/**
 * One message for the whole append. Without a deadline: it would be an absolute time by this machine's clock, and a
 * server whose clock is ahead would refuse every append; the server's own limit (`CommitTimeoutMs`) holds.
 */
export function toMessage(correlationId: string, { streamName, events, expected }: AppendRequest) {
  const options = new streams.BatchAppendReq.Options();
  options.setStreamIdentifier(streamIdentifier(streamName));
  if (expected === 'any') options.setAny(new shared.Empty());
  else if (expected === 'noStream') options.setNoStream(new shared.Empty());
  else if (expected === 'streamExists') options.setStreamExists(new shared.Empty());
  else options.setStreamPosition(expected.toString());
  const message = new streams.BatchAppendReq();
  message.setCorrelationId(uuid(correlationId));
  message.setOptions(options);
  for (const event of events) {
    const proposed = new streams.BatchAppendReq.ProposedMessage();
    proposed.setId(uuid(event.id));
    proposed.getMetadataMap().set('type', event.type);
    proposed.getMetadataMap().set('content-type', 'application/json');
    proposed.setData(event.data);
    proposed.setCustomMetadata(event.metadata);
    message.addProposedMessages(proposed);
  }
  message.setIsFinal(true);
  return message;
}

export function streamIdentifier(streamName: string) {
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(streamName));
  return identifier;
}

function uuid(id: string) {
  const message = new shared.UUID();
  message.setString(id);
  return message;
}

/** Without a position where the server did not say it. */
export type AppendAnswer = Pick<AppendResult, 'revision'> & Partial<AppendResult>;

/**
 * What the server answered.
 * @throws WrongExpectedRevision, StreamDeleted, AppendTooLarge, and what says that nobody knows
 */
export function readAnswer(answer: BatchAppendResp, request: AppendRequest): AppendAnswer {
  const success = answer.getSuccess();
  if (success === undefined) throw errorOf(answer, request);
  const position = success.getPosition();
  return {
    revision: BigInt(success.getCurrentRevision()),
    ...(position === undefined
      ? {}
      : {
          position: {
            commit: BigInt(position.getCommitPosition()),
            prepare: BigInt(position.getPreparePosition()),
          },
        }),
  };
}

function errorOf(answer: BatchAppendResp, { expected, bytes }: AppendRequest): Error {
  const status = answer.getError();
  const details = status?.getDetails();
  const kind = details?.getTypeName() ?? '';
  switch (kind) {
    case 'event_store.client.WrongExpectedVersion': {
      const wrong = details?.unpack(shared.WrongExpectedVersion.deserializeBinary, kind);
      const isKnown = wrong?.hasCurrentStreamRevision() === true;
      return new WrongExpectedRevision(
        expected,
        isKnown ? BigInt(wrong.getCurrentStreamRevision()) : undefined,
      );
    }
    case 'event_store.client.StreamDeleted':
      return new StreamDeleted();
    case 'event_store.client.MaximumAppendSizeExceeded': {
      const exceeded = details?.unpack(shared.MaximumAppendSizeExceeded.deserializeBinary, kind);
      return new AppendTooLarge(bytes, exceeded?.getMaxappendsize() ?? maxAppendBytes);
    }
    case 'event_store.client.AccessDenied':
      return new AccessDeniedError();
    case 'event_store.client.BadRequest':
      return new RequestRefused('the event store cannot read an append');
    case 'google.protobuf.Empty':
      return new NotExecuted(`the server says: ${status?.getMessage() ?? ''}`);
    default:
      return new NotConfirmed(`the server timed out or does not know (${kind})`);
  }
}
