import { setTimeout as delay } from 'node:timers/promises';
import streams, { type ReadReq, type ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Position } from '../../../src/domain/metadata.js';
import type { EmbeddedEventStore } from '../../../src/eventStore/embedded/embeddedEventStore.js';
import { allTruncated, metadataToJson } from '../../../src/eventStore/embedded/streamMetadata.js';
import type { RecordedEvent } from '../../../src/eventStore/eventStore.js';
import { admit, send } from './answering.js';
import { type Faults, takes } from './faults.js';
import { callError, identifier, nameOf, recordedMessage, sequenceAt, toWire, unavailable } from './wire.js';

type Call = ServerWritableStream<ReadReq, ReadResp>;
type Options = ReadReq.Options;

const pageSize = 500;

/** The Read call: a stream or `$all`, forwards or backwards, or a subscription to `$all`. */
export async function answerRead(call: Call, store: EmbeddedEventStore, faults: Faults): Promise<void> {
  const options = call.request.getOptions();
  const stream = nameOf(options?.getStream()?.getStreamIdentifier());
  try {
    await admit(faults, call.metadata);
    if (options === undefined) throw new Error('a read needs options');
    if (options.hasSubscription()) await subscribe(call, options, store, faults);
    else if (options.hasAll()) await readAll(call, options, store, faults);
    else await readStream(call, options, store, faults);
    call.end();
  } catch (error) {
    call.emit('error', error instanceof Error && 'metadata' in error ? error : callError(error, stream));
  }
}

async function readStream(call: Call, options: Options, store: EmbeddedEventStore, faults: Faults) {
  const stream = options.getStream();
  const name = nameOf(stream?.getStreamIdentifier());
  const isBackwards = options.getReadDirection() === 1;
  const from = stream?.hasRevision() ? BigInt(stream.getRevision()) : stream?.hasEnd() ? 'end' : 'start';
  const slice = await store.readStream(name, {
    direction: isBackwards ? 'backwards' : 'forwards',
    from,
    maxCount: Number(options.getCount()),
  });
  if (!slice.exists) {
    const response = new streams.ReadResp();
    const notFound = new streams.ReadResp.StreamNotFound();
    notFound.setStreamIdentifier(identifier(name));
    response.setStreamNotFound(notFound);
    await send(call, response, faults);
    return;
  }
  for (const event of slice.events) if (!(await sendEvent(call, event, faults))) return;
  if (slice.events.length > 0 || slice.lastRevision === undefined) return;
  if ((options.getControlOption()?.getCompatibility() ?? 0) < 1) return;
  const response = new streams.ReadResp();
  response.setLastStreamPosition(slice.lastRevision.toString());
  await send(call, response, faults);
}

async function readAll(call: Call, options: Options, store: EmbeddedEventStore, faults: Faults) {
  const count = BigInt(options.getCount());
  const end = (await store.head())?.commit ?? 0n;
  const all = options.getAll();
  const given = all?.getPosition()?.getCommitPosition();
  const isBackwards = options.getReadDirection() === 1;
  if (isBackwards) {
    // The event at the position itself is not part of it.
    const last = given === undefined ? end : sequenceAt(given) - 1n;
    const first = last > count ? last - count : 0n;
    const events = await eventsBetween(store, first, last);
    for (const event of events.toReversed()) if (!(await sendEvent(call, event, faults))) return;
    return;
  }
  const after = all?.hasEnd() ? end : given === undefined ? 0n : sequenceAt(given) - 1n;
  let sent = 0n;
  for (let from = after; from < end && sent < count; ) {
    const left = count - sent;
    const page = await eventsBetween(store, from, from + (left < pageSize ? left : BigInt(pageSize)));
    for (const event of page) {
      if (!(await sendEvent(call, event, faults))) return;
      sent += 1n;
    }
    from = page.at(-1)?.position.commit ?? end;
  }
}

async function eventsBetween(store: EmbeddedEventStore, after: bigint, last: bigint) {
  const events: RecordedEvent[] = [];
  for (let from = after; from < last; ) {
    const { events: page } = await store.readAll({ from: placeOf(from), maxCount: Number(last - from) });
    if (page.length === 0) break;
    events.push(...page);
    from = page.at(-1)?.position.commit ?? last;
  }
  return events;
}

function placeOf(sequence: bigint): Position | 'start' {
  return sequence <= 0n ? 'start' : { commit: sequence, prepare: sequence };
}

async function subscribe(call: Call, options: Options, store: EmbeddedEventStore, faults: Faults) {
  const all = options.getAll();
  const given = all?.getPosition()?.getCommitPosition();
  const end = (await store.head())?.commit ?? 0n;
  let from = placeOf(all?.hasEnd() ? end : given === undefined ? 0n : sequenceAt(given));
  const controller = new AbortController();
  for (const gone of ['cancelled', 'close', 'error']) call.once(gone, () => controller.abort());
  const confirmation = new streams.ReadResp();
  confirmation.setConfirmation(new streams.ReadResp.SubscriptionConfirmation());
  await send(call, confirmation, faults);
  const passes = filterOf(options);
  const interval = 32 * (options.getFilter()?.getCheckpointintervalmultiplier() ?? 1);
  let looked = 0;
  let isLive = false;
  for (;;) {
    const slice = await store.readAll({ from, maxCount: pageSize });
    for (const event of slice.events) {
      if (faults.deafSubscriptions) await new Promise<never>(() => undefined);
      if (passes(event) && !(await sendEvent(call, event, faults))) return;
      if (passes(event) && takes(faults, 'breakSubscriptions')) throw unavailable();
      looked += 1;
      if (looked % interval === 0) await sendCheckpoint(call, event.position, faults);
    }
    from = slice.next ?? from;
    if (controller.signal.aborted) return;
    if (!slice.atEnd) continue;
    if (!isLive && from !== 'start') await sendCheckpoint(call, from, faults);
    const caughtUp = new streams.ReadResp();
    caughtUp.setCaughtUp(new streams.ReadResp.CaughtUp());
    if (!isLive) await send(call, caughtUp, faults);
    isLive = true;
    await somethingNew(store, from, controller.signal);
    if (controller.signal.aborted) return;
  }
}

async function somethingNew(store: EmbeddedEventStore, from: Position | 'start', signal: AbortSignal) {
  for await (const _ of store.subscribeToAll({ from, maxCount: 1, signal })) return;
}

function filterOf(options: Options): (event: RecordedEvent) => boolean {
  const regex = options.getFilter()?.getEventType()?.getRegex();
  if (regex === undefined || regex === '') return () => true;
  const pattern = new RegExp(regex);
  return ({ type }) => pattern.test(type);
}

async function sendEvent(call: Call, event: RecordedEvent, faults: Faults): Promise<boolean> {
  if (faults.slowEvents > 0) await delay(faults.slowEvents);
  return send(call, recordedMessage(event, textOf(event), faults.clockOffset), faults);
}

async function sendCheckpoint(call: Call, position: Position, faults: Faults): Promise<void> {
  const checkpoint = new streams.ReadResp.Checkpoint();
  const { commit, prepare } = toWire(position);
  checkpoint.setCommitPosition(commit.toString());
  checkpoint.setPreparePosition(prepare.toString());
  const response = new streams.ReadResp();
  response.setCheckpoint(checkpoint);
  await send(call, response, faults);
}

/** A server gives back the very bytes; here they were parsed, and the mark of a soft delete is more than a number holds. */
function textOf({ type, data }: RecordedEvent): string {
  const isMarked = type === '$metadata' && typeof data.$tb === 'number' && !Number.isSafeInteger(data.$tb);
  return isMarked ? metadataToJson({ truncateBefore: allTruncated }) : JSON.stringify(data);
}
