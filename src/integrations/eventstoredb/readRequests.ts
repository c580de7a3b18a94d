import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams, { type ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import type { Position } from '../../domain/metadata.js';
import { streamIdentifier } from './appendRequests.js';

type Direction = 'forwards' | 'backwards';

/** Of event types: what this project writes, and what it asks the store to write about streams. */
export const visibleTypes = '^([^$]|\\$metadata$|\\$streamDeleted$)';

const directions = { forwards: 0, backwards: 1 } as const;

export function streamRead(
  streamName: string,
  direction: Direction,
  from: bigint | 'start' | 'end',
  count: number,
): ReadReq {
  const stream = new streams.ReadReq.Options.StreamOptions();
  stream.setStreamIdentifier(streamIdentifier(streamName));
  if (from === 'start') stream.setStart(new shared.Empty());
  else if (from === 'end') stream.setEnd(new shared.Empty());
  else stream.setRevision(from.toString());
  const options = plainOptions();
  options.setStream(stream);
  options.setReadDirection(directions[direction]);
  options.setCount(String(count));
  options.setNoFilter(new shared.Empty());
  return requestOf(options);
}

/** Unfiltered, as a filter would not be heeded here. The event at the position itself comes first, if it is still there. */
export function allRead(direction: Direction, from: Position | 'start' | 'end', count: number): ReadReq {
  const options = plainOptions();
  options.setAll(allFrom(from));
  options.setReadDirection(directions[direction]);
  options.setCount(String(count));
  options.setNoFilter(new shared.Empty());
  return requestOf(options);
}

/** Everything after the position; a checkpoint at least every 32 times `checkpointInterval` events looked at. */
export function allSubscription(from: Position | 'start', checkpointInterval: number): ReadReq {
  const types = new streams.ReadReq.Options.FilterOptions.Expression();
  types.setRegex(visibleTypes);
  const filter = new streams.ReadReq.Options.FilterOptions();
  filter.setEventType(types);
  filter.setCount(new shared.Empty());
  filter.setCheckpointintervalmultiplier(checkpointInterval);
  const options = plainOptions();
  options.setAll(allFrom(from));
  options.setSubscription(new streams.ReadReq.Options.SubscriptionOptions());
  options.setFilter(filter);
  return requestOf(options);
}

function allFrom(from: Position | 'start' | 'end') {
  const all = new streams.ReadReq.Options.AllOptions();
  if (from === 'start') all.setStart(new shared.Empty());
  else if (from === 'end') all.setEnd(new shared.Empty());
  else {
    const position = new streams.ReadReq.Options.Position();
    position.setCommitPosition(from.commit.toString());
    position.setPreparePosition(from.prepare.toString());
    all.setPosition(position);
  }
  return all;
}

function plainOptions() {
  const ids = new streams.ReadReq.Options.UUIDOption();
  ids.setString(new shared.Empty());
  const control = new streams.ReadReq.Options.ControlOption();
  // From 1 the server says where a stream ends when a read reaches past it.
  control.setCompatibility(1);
  const options = new streams.ReadReq.Options();
  options.setResolveLinks(false);
  options.setUuidOption(ids);
  options.setControlOption(control);
  return options;
}

function requestOf(options: ReturnType<typeof plainOptions>): ReadReq {
  const request = new streams.ReadReq();
  request.setOptions(options);
  return request;
}
