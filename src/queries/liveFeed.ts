import { CodedError } from '../domain/errors.js';
import type { InterventionDelivered } from '../domain/intervention/events.js';
import { comparePositions, type Position, type Recorded } from '../domain/metadata.js';
import { formatPosition, parsePosition } from '../eventStore/eventStore.js';
import type { Inbox, InboxMessage } from './inbox.js';
import { isDelivery, type LiveEvent, toLiveEvent, wantedEvent } from './liveEvent.js';
import type { AllEvents } from './presentEvents.js';

const eventsAtATime = 500;

/** Someone who follows topics. Its callbacks never throw. */
export interface LiveFollower {
  readonly topics: ReadonlySet<string>;
  /** In the order of recording, each event once, with those of the follower's topics it belongs to. */
  onEvent(event: LiveEvent, topics: readonly string[]): void;
  /** From now on events come as they are recorded. */
  onCaughtUp(position: string): void;
  /** Whether it takes in less than it is given: then it is taken from the head, and reads at its own pace. */
  isBehind(): boolean;
  /** Awaited before each further event of a follower that reads at its own pace. */
  ready(): Promise<void>;
  /** The log cannot be read; nothing more will come. */
  onFailure(error: unknown): void;
}

export interface LiveSubscription {
  /** Everything up to here was handed over; `start` while the log is empty. */
  position(): string;
  stop(): void;
}

/**
 * Hands events to followers straight from `$all`, so that a position resumes without a gap or a repeat. One reader at
 * the head serves all who are up to date, and runs only while there are any; whoever is behind reads on its own until
 * it has come as far as the head reader, and joins it in the same turn of the event loop.
 */
export interface LiveFeed {
  /**
   * @param from `start`, `end` (as the log stands now), or a position that was handed out, which is excluded
   * @throws CodedError `invalid-parameter` for a position that cannot have been handed out
   */
  follow(follower: LiveFollower, from: string): Promise<LiveSubscription>;
  close(): Promise<void>;
}

interface Member {
  readonly follower: LiveFollower;
  /** Undefined before the first event. While joined: where it joined, up to which the head's events are not its own. */
  position: Position | undefined;
  atEnd: boolean;
  joined: boolean;
  stopped: boolean;
}

interface Head {
  readonly controller: AbortController;
  /** The event being handed over, or the last one that was. */
  reached: Position | undefined;
  /** The last event that every follower has been handed. */
  handedOver: Position | undefined;
  running: Promise<void>;
}

export function createLiveFeed(eventStore: AllEvents, inbox: Pick<Inbox, 'message'>): LiveFeed {
  const members = new Set<Member>();
  const joined = new Map<string, Set<Member>>();
  let head: Head | undefined;

  async function follow(follower: LiveFollower, from: string): Promise<LiveSubscription> {
    const position = await startOf(from);
    const member: Member = { follower, position, atEnd: from === 'end', joined: false, stopped: false };
    members.add(member);
    start(member);
    return {
      position: () =>
        formatted(
          member.joined && head !== undefined ? latest(member.position, head.handedOver) : member.position,
        ),
      stop: () => leave(member),
    };
  }

  async function startOf(from: string): Promise<Position | undefined> {
    if (from === 'start') return undefined;
    if (from === 'end' && head !== undefined) return head.handedOver;
    const end = await eventStore.head();
    if (from === 'end') return end;
    const position = parsePosition(from);
    if (position === undefined || isAfter(position, end)) {
      throw new CodedError(
        'invalid-parameter',
        'from is a position that this server has handed out, or absent.',
      );
    }
    return position;
  }

  function start(member: Member): void {
    catchUp(member).catch((error) => fail(member, error));
  }

  async function catchUp(member: Member): Promise<void> {
    await member.follower.ready();
    while (!member.stopped && !join(member)) {
      const slice = await eventStore.readAll({ from: member.position ?? 'start', maxCount: eventsAtATime });
      for (const stored of slice.events) {
        const wanted = wantedEvent(stored, member.follower.topics);
        if (wanted !== undefined) {
          const message = isDelivery(wanted.recorded) ? await messageOf(wanted.recorded) : undefined;
          if (member.stopped) return;
          member.follower.onEvent(toLiveEvent(wanted.recorded, message), wanted.topics);
        }
        member.position = stored.position;
        if (wanted !== undefined) await member.follower.ready();
        if (member.stopped) return;
      }
      member.position = slice.next ?? member.position;
      member.atEnd = slice.atEnd;
    }
  }

  /** Whether the member is now served by the head reader. Nothing is awaited here: that makes the join gapless. */
  function join(member: Member): boolean {
    if (head === undefined ? !member.atEnd : isAfter(head.reached, member.position)) return false;
    member.joined = true;
    for (const topic of member.follower.topics) {
      const present = joined.get(topic);
      if (present === undefined) joined.set(topic, new Set([member]));
      else present.add(member);
    }
    head ??= startHead(member.position);
    member.follower.onCaughtUp(formatted(member.position));
    return true;
  }

  function leave(member: Member): void {
    member.stopped = true;
    members.delete(member);
    unjoin(member);
  }

  function unjoin(member: Member): void {
    if (!member.joined) return;
    member.joined = false;
    for (const topic of member.follower.topics) {
      const present = joined.get(topic);
      present?.delete(member);
      if (present?.size === 0) joined.delete(topic);
    }
    if (joined.size === 0) stopHead();
  }

  /** Back to reading on its own, from the event it was just handed. */
  function fallBehind(member: Member, position: Position): void {
    unjoin(member);
    member.position = position;
    member.atEnd = false;
    start(member);
  }

  function fail(member: Member, error: unknown): void {
    if (member.stopped) return;
    leave(member);
    member.follower.onFailure(error);
  }

  function startHead(from: Position | undefined): Head {
    const started: Head = {
      controller: new AbortController(),
      reached: from,
      handedOver: from,
      running: Promise.resolve(),
    };
    started.running = runHead(started).catch((error) => {
      for (const member of [...members]) if (member.joined && head === started) fail(member, error);
    });
    return started;
  }

  function stopHead(): void {
    head?.controller.abort();
    head = undefined;
  }

  async function runHead(self: Head): Promise<void> {
    const { signal } = self.controller;
    const slices = eventStore.subscribeToAll({
      from: self.reached ?? 'start',
      maxCount: eventsAtATime,
      signal,
    });
    for await (const slice of slices) {
      for (const stored of slice.events) {
        self.reached = stored.position;
        const wanted = wantedEvent(stored, joined);
        if (wanted !== undefined) {
          const message = isDelivery(wanted.recorded) ? await messageOf(wanted.recorded) : undefined;
          if (signal.aborted) return;
          handOver(toLiveEvent(wanted.recorded, message), wanted.topics);
        }
        self.handedOver = stored.position;
      }
    }
    if (!signal.aborted) throw new Error('the event store has ended the subscription');
  }

  function handOver(event: LiveEvent, topics: readonly string[]): void {
    const matched = new Map<Member, string[]>();
    for (const topic of topics) {
      for (const member of joined.get(topic) ?? []) {
        if (!isAfter(event.recorded.position, member.position)) continue;
        const known = matched.get(member);
        if (known === undefined) matched.set(member, [topic]);
        else known.push(topic);
      }
    }
    for (const [member, own] of matched) {
      if (member.stopped) continue;
      member.follower.onEvent(event, own);
      if (member.joined && member.follower.isBehind()) fallBehind(member, event.recorded.position);
    }
  }

  function messageOf({
    event,
    metadata,
  }: Recorded<InterventionDelivered>): Promise<InboxMessage | undefined> {
    return inbox.message(metadata.tenantId, event.data.interventionId);
  }

  return {
    follow,
    async close() {
      const running = head?.running;
      for (const member of [...members]) leave(member);
      await running;
    },
  };
}

/** Undefined stands before everything. */
function isAfter(a: Position | undefined, b: Position | undefined): boolean {
  return a !== undefined && (b === undefined || comparePositions(a, b) > 0);
}

function latest(a: Position | undefined, b: Position | undefined): Position | undefined {
  return isAfter(a, b) ? a : b;
}

function formatted(position: Position | undefined): string {
  return position === undefined ? 'start' : formatPosition(position);
}
