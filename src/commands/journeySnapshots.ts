import { MessageIds } from '../domain/journey/messageIds.js';
import { initialState, type JourneyState, stateBounds } from '../domain/journey/state.js';

/** A state as of a revision: saves reading a long stream from its start. A cache: losing one costs time alone. */
export interface JourneySnapshot {
  readonly revision: string;
  readonly format: number;
  readonly state: SerialisedState;
}

export interface JourneySnapshots {
  load(streamName: string): Promise<JourneySnapshot | undefined>;
  /** By stream name. */
  save(snapshots: ReadonlyMap<string, JourneySnapshot>): Promise<void>;
  remove(streamNames: readonly string[]): Promise<void>;
}

/** Raised when the state or its fold changes meaning: older snapshots are then not used. */
const snapshotFormat = 3;

type Entries<M> = M extends Map<infer K, infer V> ? [K, V][] : M extends Set<infer V> ? V[] : M;
/** Hashes of message ids, 8 bytes each, as base64. */
interface SerialisedIds {
  readonly old: string;
  readonly young: string;
}
type SerialisedState = {
  readonly [K in keyof JourneyState]: JourneyState[K] extends MessageIds
    ? SerialisedIds
    : Entries<JourneyState[K]>;
};

/** Shares what is in the state: one that goes on changing is to be copied before. */
export function toSnapshot(state: JourneyState, revision: bigint): JourneySnapshot {
  return {
    revision: revision.toString(),
    format: snapshotFormat,
    state: {
      ...state,
      messageIds: serialised(state.messageIds),
      features: [...state.features],
      openStruggles: [...state.openStruggles],
      linkedSubjects: [...state.linkedSubjects],
      formerLinks: [...state.formerLinks],
    },
  };
}

/** The state and its revision, or the initial state and -1 where the snapshot is missing or of another format. */
export function fromSnapshot(
  subject: string,
  snapshot: JourneySnapshot | undefined,
): { state: JourneyState; revision: bigint } {
  if (snapshot === undefined || snapshot.format !== snapshotFormat || snapshot.state.subject !== subject) {
    return { state: initialState(subject), revision: -1n };
  }
  const { state } = snapshot;
  return {
    state: {
      ...state,
      messageIds: MessageIds.fromWords(stateBounds.messageIds, {
        old: wordsOf(state.messageIds.old),
        young: wordsOf(state.messageIds.young),
      }),
      features: new Map(state.features),
      openStruggles: new Map(state.openStruggles),
      linkedSubjects: new Set(state.linkedSubjects),
      formerLinks: new Set(state.formerLinks),
    },
    revision: BigInt(snapshot.revision),
  };
}

function serialised(ids: MessageIds): SerialisedIds {
  const { old, young } = ids.toWords();
  return { old: textOf(old), young: textOf(young) };
}

function textOf(words: Uint32Array): string {
  const bytes = Buffer.allocUnsafe(4 * words.length);
  words.forEach((word, at) => {
    bytes.writeUInt32LE(word, 4 * at);
  });
  return bytes.toString('base64');
}

function wordsOf(text: string): Uint32Array {
  const bytes = Buffer.from(text, 'base64');
  return Uint32Array.from({ length: bytes.length >> 2 }, (_, at) => bytes.readUInt32LE(4 * at));
}
