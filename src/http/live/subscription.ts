import type { Inbox } from '../../queries/inbox.js';
import type { LiveEvent } from '../../queries/liveEvent.js';
import type { LiveFeed, LiveSubscription } from '../../queries/liveFeed.js';
import { personIn } from '../../queries/liveTopics.js';
import { type LiveChannel, topicOf } from './channel.js';
import { EventCounts, eventFrame } from './frames.js';
import { orderedFrames } from './orderedFrames.js';
import { toInboxMessage } from './protocol.js';

export interface SubscriptionOptions {
  readonly tenantId: string;
  readonly channels: readonly LiveChannel[];
  /** Null: what waits in the inboxes named, then what is recorded from now on. */
  readonly from: string | null;
  readonly feed: LiveFeed;
  readonly inbox: Inbox;
  /** Milliseconds. */
  readonly metricsInterval: number;
  /** Whether each frame about a person is told only with their consent. */
  readonly asksConsent: boolean;
  /** The frame as its reader may see it; undefined where the reader may not be told of this person. */
  show(frame: object, subject?: string): Promise<object | undefined>;
  /** Whether the frame is on its way. */
  send(frame: object): boolean;
  isBehind(): boolean;
  drained(): Promise<void>;
  onFailure(error: unknown): void;
}

/** What one `subscribe` asked for. Its positions are its own. */
export interface ChannelSubscription {
  readonly channels: readonly string[];
  /** Of the last frame sent; null before the first. */
  position(): string | null;
  /** Tells a client for whom nothing has happened how far the log has come. */
  tick(): void;
  stop(): void;
}

/** @throws CodedError `invalid-parameter` for an impossible `from` */
export async function openSubscription(options: SubscriptionOptions): Promise<ChannelSubscription> {
  const { channels, tenantId, feed } = options;
  const names = channels.map(({ name }) => name);
  const byTopic = new Map<string, LiveChannel[]>();
  for (const channel of channels) {
    const topic = topicOf(tenantId, channel);
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), channel]);
  }
  const counts = new EventCounts();
  let position = options.from;
  let summarisedTo = options.from;
  let timer: NodeJS.Timeout | undefined;
  let live: LiveSubscription | undefined;

  const frames = orderedFrames({
    show: options.show,
    send(at, frame) {
      if (options.send({ ...frame, position: at })) position = at;
    },
    onFailure: options.onFailure,
  });
  const send = frames.push;

  function summarise(): void {
    clearTimeout(timer);
    timer = undefined;
    if (counts.isEmpty || live === undefined) return;
    const since = summarisedTo;
    summarisedTo = live.position();
    send(summarisedTo, { type: 'metrics', channels: ['metrics'], since, ...counts.take() });
  }

  function onEvent(event: LiveEvent, topics: readonly string[]): void {
    const matched = topics.flatMap((topic) => byTopic.get(topic) ?? []);
    if (matched.some(({ kind }) => kind === 'metrics')) {
      counts.add(event.recorded.event.type);
      timer ??= setTimeout(summarise, options.metricsInterval);
    }
    const shown = matched.filter(({ kind }) =>
      kind === 'inbox' ? event.message !== undefined : kind !== 'metrics',
    );
    if (shown.length === 0) return;
    send(
      event.position,
      eventFrame(event, shown),
      options.asksConsent ? personIn(event.recorded) : undefined,
    );
  }

  async function sendWaiting(): Promise<string> {
    const people = channels.filter((channel) => 'subject' in channel);
    if (people.length === 0) return 'end';
    const subjects = [...new Set(people.map(({ subject }) => subject))];
    const waiting = await options.inbox.unacknowledged(tenantId, subjects);
    for (const message of waiting.messages) {
      const own = people.filter(({ subject }) => subject === message.subject).map(({ name }) => name);
      send(message.position, { type: 'message', channels: own, message: toInboxMessage(message) });
    }
    return waiting.position;
  }

  live = await feed.follow(
    {
      topics: new Set(byTopic.keys()),
      onEvent,
      onCaughtUp(at) {
        summarisedTo ??= at;
        send(at, { type: 'caught-up', channels: names });
      },
      isBehind: () => frames.isBehind() || options.isBehind(),
      async ready() {
        await frames.left();
        await options.drained();
      },
      onFailure: options.onFailure,
    },
    options.from ?? (await sendWaiting()),
  );
  const following = live;

  return {
    channels: names,
    position: () => position,
    tick() {
      summarise();
      const reached = following.position();
      if (reached !== position) send(reached, { type: 'position', channels: names });
    },
    stop() {
      clearTimeout(timer);
      frames.stop();
      following.stop();
    },
  };
}
