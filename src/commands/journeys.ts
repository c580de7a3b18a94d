import type { JourneyCommand } from '../domain/journey/commands.js';
import { decide } from '../domain/journey/decide.js';
import { evolve } from '../domain/journey/evolve.js';
import type { JourneySettings } from '../domain/journey/settings.js';
import { initialState, type JourneyState } from '../domain/journey/state.js';
import { journeyStreamName } from '../domain/journey/streamName.js';
import type { Position } from '../domain/metadata.js';
import type { FieldRules } from '../domain/privacy/fieldRules.js';
import type { Seal } from '../domain/privacy/protection.js';
import { protectIdentity, protectMessage } from '../domain/privacy/protectMessage.js';
import { decode, encode } from '../eventStore/codec.js';
import {
  type EventData,
  type EventStore,
  StreamDeleted,
  WrongExpectedRevision,
} from '../eventStore/eventStore.js';
import type { Sealer, Sealers } from '../keyStore/sealing.js';
import { appendInChunks } from './appendInChunks.js';
import { conflictPause } from './conflictPause.js';
import { fromSnapshot, type JourneySnapshot, type JourneySnapshots, toSnapshot } from './journeySnapshots.js';

export interface Journeys {
  /**
   * Decides the commands in order on one journey and appends what follows. Resolves when all of it, and everything it
   * was decided upon, is durable. @throws EventStoreUnavailable
   */
  execute(
    tenantId: string,
    subject: string,
    commands: readonly JourneyCommand[],
    cause: JourneyCause,
  ): Promise<JourneyOutcome>;
  /** Looks at a journey's state, which the callback must not change or keep. */
  inspect<T>(tenantId: string, subject: string, look: (state: JourneyState) => T): Promise<T>;
  /**
   * The same, and leaves nothing behind: no keys for somebody nothing is known of, no state in memory. Undefined for a
   * person who was erased.
   */
  peek<T>(tenantId: string, subject: string, look: (state: JourneyState) => T): Promise<T | undefined>;
  /** What seals a person's values: their journey's own while that is in memory, since a cipher takes longer to make than to use. */
  sealerOf: Sealers['sealerOf'];
  /**
   * Runs work that records something about a journey's person elsewhere, in other journeys and streams: `suspend` waits for
   * it. Undefined, and nothing is run, where the journey is suspended or about to be.
   */
  beside<T>(tenantId: string, subject: string, work: () => Promise<T>): Promise<T | undefined>;
  /**
   * From now on nothing is recorded in these journeys: what arrives is suppressed. First ends what was begun beside them,
   * so that a link under way is recorded whole; resolves when nothing is under way in them either. Holds for the life of
   * the process; for ever once their keys are destroyed. Other journeys that are linked to them stand for themselves again.
   */
  suspend(tenantId: string, subjects: readonly string[]): Promise<void>;
  /** To be told what was recorded in journeys, here and by other instances: a state that lacks it is read again. */
  recorded(streamName: string, revision: bigint): void;
  /** Drops all states in memory that nobody is working on. */
  forgetAll(): void;
}

export interface JourneyCause {
  readonly correlationId: string;
  readonly recordedAt: number;
  readonly source?: string;
}

export interface JourneyOutcome {
  /** For each command whether events followed from it. */
  readonly changed: readonly boolean[];
  /** Of the last event written here; undefined where nothing was. */
  readonly position: Position | undefined;
  /** Whether the person was erased: then nothing is recorded of them any more. */
  readonly erased: boolean;
}

export interface JourneysOptions {
  readonly eventStore: EventStore;
  readonly snapshots: JourneySnapshots;
  readonly settingsOf: (tenantId: string) => JourneySettings;
  readonly sealing: Sealers;
  /** What becomes of the personal values of a tenant's messages. */
  readonly fieldRulesOf: (tenantId: string) => FieldRules;
  readonly newId: () => string;
  /** States kept in memory are dropped, least recently used first, where together they take more than about this. */
  readonly maxStateBytes: number;
  readonly onSnapshotError: (error: unknown) => void;
}

interface Task {
  readonly commands: readonly JourneyCommand[];
  readonly cause: JourneyCause;
  readonly resolve: (outcome: JourneyOutcome & { readonly state: JourneyState }) => void;
  readonly reject: (error: unknown) => void;
}

/** A journey in memory. One append at a time: what arrives meanwhile is decided together, on top of it, in the next. */
interface Lane {
  readonly tenantId: string;
  readonly subject: string;
  readonly streamName: string;
  state: JourneyState | undefined;
  /** Undefined until the state is loaded, and for a person who was erased. */
  sealer: Sealer | undefined;
  revision: bigint;
  snapshotRevision: bigint;
  waiting: Task[];
  busy: boolean;
  weight: number;
  /** Whether it has sealed something since it came into memory: then it keeps a cipher. */
  seals: boolean;
}

/** Of a journey that stays in memory. */
const snapshotEvery = 500n;
/** From so many events on a snapshot is less work than reading them: each may stand in another frame of the log. */
const worthSnapshot = 4n;
/** What is left of the states in memory when there are too many, so that many are saved in one write. */
const leftByEviction = 0.95;
const maxConflicts = 10;
/** Bytes, about. */
const weights = { lane: 2500, cipher: 3500, messageId: 16, link: 100, feature: 1000, struggle: 500 } as const;

export function createJourneys(options: JourneysOptions): Journeys {
  const { eventStore } = options;
  const lanes = new Map<string, Lane>();
  const suspended = new Set<string>();
  /** Suspended, or to be as soon as what is under way beside them has ended. */
  const closing = new Set<string>();
  const underWay = new Map<string, Set<Promise<unknown>>>();
  let totalWeight = 0;

  function laneOf(tenantId: string, subject: string): Lane {
    const streamName = journeyStreamName(tenantId, subject);
    let lane = lanes.get(streamName);
    if (lane === undefined) lane = newLane(tenantId, subject);
    else lanes.delete(streamName);
    lanes.set(streamName, lane);
    return lane;
  }

  function execute(
    tenantId: string,
    subject: string,
    commands: readonly JourneyCommand[],
    cause: JourneyCause,
  ): Promise<JourneyOutcome> {
    return new Promise((resolve, reject) => {
      submit(laneOf(tenantId, subject), { commands, cause, resolve, reject });
    });
  }

  function inspect<T>(tenantId: string, subject: string, look: (state: JourneyState) => T): Promise<T> {
    const cause = { correlationId: '', recordedAt: 0 };
    return new Promise((resolve, reject) => {
      const task: Task = { commands: [], cause, resolve: ({ state }) => resolve(look(state)), reject };
      submit(laneOf(tenantId, subject), task);
    });
  }

  async function peek<T>(
    tenantId: string,
    subject: string,
    look: (state: JourneyState) => T,
  ): Promise<T | undefined> {
    const known = lanes.get(journeyStreamName(tenantId, subject));
    // A journey in memory has its keys; what is under way in it comes first.
    if (known?.state !== undefined) {
      const { state, erased } = await new Promise<Parameters<Task['resolve']>[0]>((resolve, reject) =>
        submit(known, { commands: [], cause: { correlationId: '', recordedAt: 0 }, resolve, reject }),
      );
      return erased ? undefined : look(state);
    }
    const lane = newLane(tenantId, subject);
    if (suspended.has(lane.streamName) || (await options.sealing.isErased(tenantId, subject)))
      return undefined;
    try {
      return look(await fold(lane));
    } catch (error) {
      if (error instanceof StreamDeleted) return undefined;
      throw error;
    }
  }

  async function sealerFor(tenantId: string, subject: string): Promise<Sealer | undefined> {
    const lane = lanes.get(journeyStreamName(tenantId, subject));
    const known = lane && sealerOf(lane);
    if (lane === undefined || !known?.isCurrent()) return options.sealing.sealerOf(tenantId, subject);
    lane.seals = true;
    weigh(lane);
    return known;
  }

  function submit(lane: Lane, task: Task): void {
    lane.waiting.push(task);
    if (!lane.busy) void run(lane);
  }

  /** Runs synchronously up to the append where the state is in memory, so that a batch's journeys share one commit. */
  async function run(lane: Lane): Promise<void> {
    lane.busy = true;
    while (lane.waiting.length > 0) {
      const tasks = lane.waiting;
      lane.waiting = [];
      try {
        await runTasks(lane, tasks);
      } catch (error) {
        lane.state = undefined;
        for (const task of tasks) task.reject(error);
      }
    }
    lane.busy = false;
    settle(lane);
  }

  async function runTasks(lane: Lane, tasks: readonly Task[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (lane.state === undefined) await load(lane);
      // Also where the keys were rotated while the state was loaded.
      if (lane.sealer?.isCurrent() === false) await renewSealer(lane);
      const state = lane.state ?? (await load(lane));
      const groups: EventData[][] = [];
      const changed = tasks.map((task) => decideTask(lane, state, task, groups));
      const erased = sealerOf(lane) === undefined;
      let position: Position | undefined;
      try {
        if (groups.length > 0) {
          const expected = lane.revision < 0n ? 'noStream' : lane.revision;
          const appended = await appendInChunks(eventStore, lane.streamName, groups, expected);
          lane.revision = appended.revision;
          position = appended.position;
        }
      } catch (error) {
        lane.state = undefined;
        // Another instance was first, or has erased the person: what stands now decides.
        const isOvertaken = error instanceof WrongExpectedRevision || error instanceof StreamDeleted;
        if (!isOvertaken || attempt === maxConflicts) throw error;
        await conflictPause(attempt);
        continue;
      }
      tasks.forEach((task, i) => {
        task.resolve({ changed: changed[i] ?? [], position, erased, state });
      });
      return;
    }
  }

  function decideTask(lane: Lane, state: JourneyState, task: Task, groups: EventData[][]): boolean[] {
    const settings = options.settingsOf(lane.tenantId);
    const { correlationId, recordedAt, source } = task.cause;
    const sealer = sealerOf(lane);
    if (state.linkedTo !== undefined && suspended.has(journeyStreamName(lane.tenantId, state.linkedTo)))
      state.linkedTo = undefined;
    if (sealer === undefined) return task.commands.map(() => false);
    return task.commands.map((given) => {
      const messageId = given.type === 'TrackEvent' ? given.message.messageId : correlationId;
      const seal: Seal = (field, value) => {
        lane.seals = true;
        return sealer.seal(messageId, field, value);
      };
      const occurrences = decide(protectCommand(lane.tenantId, given, state, seal), state, settings);
      if (occurrences.length === 0) return false;
      const group: EventData[] = [];
      for (const { event: clear, occurredAt } of occurrences) {
        const event = protectIdentity(clear, seal);
        const metadata = {
          messageId,
          correlationId,
          causationId: messageId,
          tenantId: lane.tenantId,
          schemaVersion: 1,
          occurredAt,
          recordedAt,
          ...(source === undefined ? undefined : { source }),
        };
        evolve(state, event, metadata, settings);
        group.push(encode({ id: options.newId(), event, metadata }));
      }
      groups.push(group);
      return true;
    });
  }

  function sealerOf({ streamName, sealer }: Lane): Sealer | undefined {
    return suspended.size > 0 && suspended.has(streamName) ? undefined : sealer;
  }

  /** From here on nobody sees the clear values. A message that is known already is not sealed again. */
  function protectCommand(
    tenantId: string,
    command: JourneyCommand,
    state: JourneyState,
    seal: Seal,
  ): JourneyCommand {
    if (command.type !== 'TrackEvent' || state.messageIds.has(command.message.messageId)) return command;
    return {
      type: 'TrackEvent',
      message: protectMessage(command.message, options.fieldRulesOf(tenantId), seal),
    };
  }

  async function load(lane: Lane): Promise<JourneyState> {
    lane.sealer = await options.sealing.sealerOf(lane.tenantId, lane.subject);
    try {
      lane.state = lane.sealer === undefined ? initialState(lane.subject) : await fold(lane);
      const { linkedTo } = lane.state;
      if (linkedTo !== undefined && (await options.sealing.sealerOf(lane.tenantId, linkedTo)) === undefined)
        lane.state.linkedTo = undefined;
    } catch (error) {
      // Tombstoned: the person was erased, whatever an older copy of the keys says.
      if (!(error instanceof StreamDeleted)) throw error;
      lane.sealer = undefined;
      lane.state = initialState(lane.subject);
    }
    return lane.state;
  }

  async function renewSealer(lane: Lane): Promise<void> {
    lane.sealer = await options.sealing.sealerOf(lane.tenantId, lane.subject);
    if (lane.sealer === undefined) lane.state = initialState(lane.subject);
  }

  async function fold(lane: Lane): Promise<JourneyState> {
    const settings = options.settingsOf(lane.tenantId);
    // Says how long the stream is. New ones, of which there are most, are known after it, without a look at the documents.
    let page = await eventStore.readStream(lane.streamName, { maxCount: 1 });
    const snapshot = await usableSnapshot(lane.streamName, page.lastRevision ?? -1n);
    const { state, revision } = fromSnapshot(lane.subject, snapshot);
    lane.snapshotRevision = revision;
    lane.revision = revision;
    if (revision >= 0n) page = await eventStore.readStream(lane.streamName, pageAfter(revision));
    for (;;) {
      for (const recorded of page.events) {
        const decoded = decode(recorded);
        // A journey's stream holds journey events alone.
        if (decoded !== undefined) evolve(state, decoded.event as never, decoded.metadata, settings);
        lane.revision = recorded.revision;
      }
      const { events, lastRevision } = page;
      if (lastRevision === undefined || events.length === 0 || lane.revision >= lastRevision) break;
      page = await eventStore.readStream(lane.streamName, pageAfter(lane.revision));
    }
    return state;
  }

  /** Where the log was restored from before the snapshot was taken, the snapshot tells of events that are not there. */
  async function usableSnapshot(
    streamName: string,
    lastRevision: bigint,
  ): Promise<JourneySnapshot | undefined> {
    if (lastRevision + 1n < worthSnapshot) return undefined;
    const snapshot = await options.snapshots.load(streamName);
    return snapshot !== undefined && BigInt(snapshot.revision) <= lastRevision ? snapshot : undefined;
  }

  function weigh(lane: Lane): void {
    const weight = lane.state === undefined ? 0 : weightOf(lane.state) + (lane.seals ? weights.cipher : 0);
    totalWeight += weight - lane.weight;
    lane.weight = weight;
  }

  function settle(lane: Lane): void {
    weigh(lane);
    if (lane.state === undefined) lanes.delete(lane.streamName);
    if (lane.state !== undefined && isWorthSaving(lane, snapshotEvery)) {
      lane.snapshotRevision = lane.revision;
      // The state goes on changing in place.
      save(new Map([[lane.streamName, structuredClone(toSnapshot(lane.state, lane.revision))]]));
    }
    if (totalWeight > options.maxStateBytes) evict();
  }

  async function beside<T>(
    tenantId: string,
    subject: string,
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    const streamName = journeyStreamName(tenantId, subject);
    if (closing.has(streamName)) return undefined;
    const running = work();
    const all = underWay.get(streamName) ?? new Set();
    underWay.set(streamName, all.add(running));
    try {
      return await running;
    } finally {
      all.delete(running);
      if (all.size === 0) underWay.delete(streamName);
    }
  }

  async function suspend(tenantId: string, subjects: readonly string[]): Promise<void> {
    const streamNames = subjects.map((subject) => journeyStreamName(tenantId, subject));
    for (const streamName of streamNames) closing.add(streamName);
    await Promise.allSettled(streamNames.flatMap((streamName) => [...(underWay.get(streamName) ?? [])]));
    for (const streamName of streamNames) suspended.add(streamName);
    await Promise.all(subjects.map((subject) => forget(tenantId, subject)));
  }

  /** Behind all that was submitted before; then the state and the key are forgotten. */
  async function forget(tenantId: string, subject: string): Promise<void> {
    const streamName = journeyStreamName(tenantId, subject);
    if (!lanes.has(streamName)) return;
    await inspect(tenantId, subject, () => undefined);
    const lane = lanes.get(streamName);
    if (lane === undefined) return;
    lane.state = undefined;
    lane.sealer = undefined;
  }

  function recorded(streamName: string, revision: bigint): void {
    const lane = lanes.get(streamName);
    // Where an append is under way, its revision tells.
    if (lane !== undefined && !lane.busy && lane.revision < revision) drop(lane);
  }

  function forgetAll(): void {
    for (const lane of lanes.values()) if (!lane.busy) drop(lane);
  }

  function drop(lane: Lane): void {
    lanes.delete(lane.streamName);
    totalWeight -= lane.weight;
  }

  /** What is dropped is saved where reading it again would be much work: its person may come back in a moment. */
  function evict(): void {
    const dropped = new Map<string, JourneySnapshot>();
    for (const lane of lanes.values()) {
      if (totalWeight <= options.maxStateBytes * leftByEviction) break;
      if (lane.busy) continue;
      drop(lane);
      if (lane.state !== undefined && isWorthSaving(lane, worthSnapshot))
        dropped.set(lane.streamName, toSnapshot(lane.state, lane.revision));
    }
    if (dropped.size > 0) save(dropped);
  }

  function isWorthSaving(lane: Lane, events: bigint): boolean {
    return lane.revision - lane.snapshotRevision >= events && sealerOf(lane) !== undefined;
  }

  function save(snapshots: ReadonlyMap<string, JourneySnapshot>): void {
    options.snapshots.save(snapshots).catch(options.onSnapshotError);
  }

  return { execute, inspect, peek, sealerOf: sealerFor, beside, suspend, recorded, forgetAll };
}

function newLane(tenantId: string, subject: string): Lane {
  return {
    tenantId,
    subject,
    streamName: journeyStreamName(tenantId, subject),
    state: undefined,
    sealer: undefined,
    revision: -1n,
    snapshotRevision: -1n,
    waiting: [],
    busy: false,
    weight: 0,
    seals: false,
  };
}

function weightOf({
  messageIds,
  linkedSubjects,
  formerLinks,
  features,
  openStruggles,
}: JourneyState): number {
  return (
    weights.lane +
    weights.messageId * messageIds.size +
    weights.link * (linkedSubjects.size + formerLinks.size) +
    weights.feature * features.size +
    weights.struggle * openStruggles.size
  );
}

function pageAfter(revision: bigint) {
  return { from: revision + 1n, maxCount: 1000 };
}
