import type { JourneyState } from '../domain/journey/state.js';
import { initialState } from '../domain/journey/state.js';

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
const snapshotFormat = 2;

type Entries<M> = M extends Map<infer K, infer V> ? [K, V][] : M extends Set<infer V> ? V[] : M;
type SerialisedState = { readonly [K in keyof JourneyState]: Entries<JourneyState[K]> };

/** Shares what is in the state: one that goes on changing is to be copied before. */
export function toSnapshot(state: JourneyState, revision: bigint): JourneySnapshot {
  return {
    revision: revision.toString(),
    format: snapshotFormat,
    state: {
      ...state,
      messageIds: [...state.messageIds],
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
      messageIds: new Set(state.messageIds),
      features: new Map(state.features),
      openStruggles: new Map(state.openStruggles),
      linkedSubjects: new Set(state.linkedSubjects),
      formerLinks: new Set(state.formerLinks),
    },
    revision: BigInt(snapshot.revision),
  };
}
