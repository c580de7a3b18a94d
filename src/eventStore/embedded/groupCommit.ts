import { performance } from 'node:perf_hooks';
import {
  type AppendResult,
  type EventData,
  EventStoreUnavailable,
  type RecordedEvent,
} from '../eventStore.js';
import { CommitFailed, type FrameLog } from './frameLog.js';
import { FrameWriter } from './frameWriter.js';
import type { LogIndex } from './logIndex.js';
import type { StreamRule } from './streamRules.js';

/** Appends that become durable together, in one frame. */
export interface Group {
  readonly writer: FrameWriter;
  readonly events: RecordedEvent[];
  /** Size of each event's JSON. */
  readonly sizes: number[];
  readonly rules: { readonly stream: number; readonly rule: StreamRule }[];
  readonly waiting: Waiting[];
}

interface Waiting {
  readonly result: AppendResult;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * While one frame is on its way to disk, appends gather for the next, so that one sync serves all who wait.
 * Appends made in one tick always share a frame: they become durable together or not at all.
 *
 * When a commit fails, nothing of it nor of what had gathered behind it is acknowledged. Where there was no room,
 * the next append tries again; after any other failure the disk's state is unknown (a failed sync may have dropped
 * the very pages it failed on), so the store takes no more until it is opened anew and has read what is there.
 */
export class GroupCommit {
  private gathering = newGroup();
  private idle: Group | undefined = newGroup();
  private inFlight: Group | undefined;
  private scheduled = false;
  private drained: (() => void)[] = [];
  failure: Error | undefined;
  lastCommitMilliseconds = 0;

  constructor(
    private readonly log: FrameLog,
    private readonly index: LogIndex,
    private readonly clock: () => number,
    /** Called when the group is on disk and in the index, before those who wait for it are answered. */
    private readonly onDurable: (group: Group) => void,
  ) {}

  get pendingBytes(): number {
    const gathered = this.gathering.writer.eventCount === 0 ? 0 : this.gathering.writer.bytes;
    return gathered + (this.inFlight?.writer.bytes ?? 0);
  }

  /** Sequence number that the next event will get. */
  get nextSequence(): number {
    const inFlight = this.inFlight?.events.length ?? 0;
    return this.index.frames.lastSequence + inFlight + this.gathering.events.length + 1;
  }

  /** Gathers one event of a stream, which gets the stream's next revision. */
  add(stream: number, streamName: string, event: EventData, text: string): void {
    const { gathering: group } = this;
    const { streams, rules } = this.index;
    const revision = streams.countWithPending(stream);
    const sequence = BigInt(this.nextSequence);
    group.writer.add(stream, streamName, event.type, revision, text);
    group.sizes.push(text.length);
    group.events.push({
      id: event.id,
      type: event.type,
      data: event.data,
      metadata: event.metadata,
      streamName,
      revision: BigInt(revision),
      position: { commit: sequence, prepare: sequence },
    });
    streams.addPending(stream, 1);
    if (event.type.startsWith('$')) {
      const ruled = this.index.ruleOf(streamName, event.type, text);
      if (ruled !== undefined) {
        rules.addPending(ruled.stream, ruled.rule);
        group.rules.push(ruled);
      }
    }
  }

  /** Resolves with the last gathered event's place once it is durable. */
  committed(): Promise<AppendResult> {
    if (!this.scheduled && this.inFlight === undefined) {
      this.flushSoon();
    }
    return waitFor(this.gathering, this.gathering.events.at(-1));
  }

  /** Resolves with this event's place once it is durable. It must be one that `findPending` gave. */
  joined(event: RecordedEvent): Promise<AppendResult> {
    const group = this.inFlight?.events.includes(event) ? this.inFlight : this.gathering;
    return waitFor(group, event);
  }

  /** The latest of the events on their way to disk for which `matches` holds. */
  findPending(matches: (event: RecordedEvent) => boolean): RecordedEvent | undefined {
    return this.gathering.events.findLast(matches) ?? this.inFlight?.events.findLast(matches);
  }

  /** Resolves when nothing is gathered or in flight. */
  drain(): Promise<void> {
    if (this.inFlight === undefined && this.gathering.events.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.drained.push(resolve));
  }

  /** After everything that has already arrived had its turn: larger groups, fewer syncs. */
  private flushSoon(): void {
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.scheduled = false;
    const group = this.gathering;
    if (group.events.length === 0) return;
    this.inFlight = group;
    this.gathering = this.idle ?? newGroup();
    this.idle = undefined;
    const firstSequence = this.index.frames.lastSequence + 1;
    // Never backwards, so that a stream's events are in the order of their times whatever the clock does.
    const recordedAt = Math.max(this.clock(), this.index.frames.lastTime);
    const started = performance.now();
    this.log.commit(firstSequence, group.writer.finish(firstSequence, recordedAt)).then(
      () => {
        this.lastCommitMilliseconds = performance.now() - started;
        this.settle(group, recordedAt);
      },
      (error: unknown) => this.giveUp(group, error),
    );
  }

  private settle(group: Group, recordedAt: number): void {
    const { streams, frames, rules } = this.index;
    const { writer } = group;
    let sequence = frames.lastSequence;
    for (let event = 0; event < writer.eventCount; event += 1) {
      sequence += 1;
      streams.append(writer.streamOf(event), sequence);
    }
    frames.append(writer.eventCount, recordedAt);
    for (const { stream, rule } of group.rules) rules.settle(stream, rule);
    this.onDurable(group);
    for (const { resolve, result } of group.waiting) resolve(result);
    this.recycle(group);
    this.inFlight = undefined;
    if (this.gathering.events.length > 0) this.flushSoon();
    else this.tellDrained();
  }

  private giveUp(group: Group, cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const recoverable = cause instanceof CommitFailed && cause.recoverable;
    if (!recoverable) {
      this.failure = new EventStoreUnavailable(`the event store has stopped: ${reason}. Restart it.`, {
        cause,
      });
    }
    this.inFlight = undefined;
    const behind = this.gathering;
    this.gathering = newGroup();
    this.index.rules.dropPending();
    for (const lost of [group, behind]) {
      for (const stream of lost.writer.streams) this.index.streams.dropPending(stream);
      const error = this.failure ?? new EventStoreUnavailable(reason, { cause });
      for (const { reject } of lost.waiting) reject(error);
    }
    this.idle = newGroup();
    this.tellDrained();
  }

  private recycle(group: Group): void {
    group.writer.reset();
    group.events.length = 0;
    group.sizes.length = 0;
    group.rules.length = 0;
    group.waiting.length = 0;
    this.idle = group;
  }

  private tellDrained(): void {
    const drained = this.drained;
    this.drained = [];
    for (const resolve of drained) resolve();
  }
}

function newGroup(): Group {
  return { writer: new FrameWriter(), events: [], sizes: [], rules: [], waiting: [] };
}

function waitFor(group: Group, event: RecordedEvent | undefined): Promise<AppendResult> {
  if (event === undefined) throw new Error('nothing was gathered');
  const { revision, position } = event;
  return new Promise((resolve, reject) => {
    group.waiting.push({ result: { revision, position }, resolve, reject });
  });
}
