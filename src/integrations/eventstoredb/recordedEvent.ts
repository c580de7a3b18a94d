import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { Position } from '../../domain/metadata.js';
import { EventStoreUnavailable, type RecordedEvent } from '../../eventStore/eventStore.js';
import { visibleTypes } from './readRequests.js';

const visible = new RegExp(visibleTypes);

/** What a server before 22.6 says of the position of an event that was read from its stream. */
const unknownPosition = 2n ** 64n - 1n;

/** An event as the server holds it. */
export interface StoredEvent {
  readonly event: RecordedEvent;
  /** Data as it was written. */
  readonly text: string;
  /** Roughly what it takes in memory. */
  readonly bytes: number;
}

/** Links, statistics and what else the server writes for itself is no part of the port's `$all`. */
export function isVisible({ type }: RecordedEvent): boolean {
  return visible.test(type);
}

/** Undefined for any other message. */
export function storedEventOf(message: ReadResp): StoredEvent | undefined {
  const record = message.getEvent()?.getEvent();
  if (record === undefined) return undefined;
  const about = record.getMetadataMap();
  const isJson = about.get('content-type') === 'application/json';
  const data = textOf(record.getData_asU8());
  const metadata = record.getCustomMetadata_asU8();
  return {
    event: {
      id: record.getId()?.getString() ?? '',
      type: about.get('type') ?? '',
      streamName: textOf(record.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array()),
      revision: BigInt(record.getStreamRevision()),
      position: positionOf(record.getCommitPosition(), record.getPreparePosition()),
      data: isJson ? objectOf(data) : {},
      metadata: metadata.length === 0 ? {} : objectOf(textOf(metadata)),
    },
    text: data,
    bytes: record.getData_asU8().length + metadata.length + 200,
  };
}

export function positionOf(commit: string, prepare: string): Position {
  const position = { commit: BigInt(commit), prepare: BigInt(prepare) };
  if (position.commit === unknownPosition) {
    throw new EventStoreUnavailable(
      'EventStoreDB must be 22.10 or later: this one does not say where events stand',
    );
  }
  return position;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** Others write into the same store: what is no JSON object is nothing to this project. */
function objectOf(text: string): JsonObject {
  try {
    // A boundary: JSON as it was stored.
    const value = JSON.parse(text) as JsonValue;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}
