import { type AppendResult, StreamDeleted } from '../eventStore.js';
import type { EventReader } from './eventReader.js';
import type { StreamView } from './expectation.js';
import type { GroupCommit } from './groupCommit.js';
import type { LogIndex } from './logIndex.js';
import { isSoftDeleted, metadataPrefix, metadataStreamOf } from './streamMetadata.js';
import { isTombstoned, metadataOf, type StreamRule } from './streamRules.js';

/**
 * How far back appends with `any` or `streamExists` look for their ids. EventStoreDB's memory for these is bounded
 * too; exact revisions are idempotent without limit.
 */
const idSearchDepth = 10_000;
const idSearchPage = 500;

/** A stream as the next append meets it: what is durable, and what is on its way to disk before it. */
export class PendingStreamView implements StreamView {
  readonly count: number;
  private readonly stream: number | undefined;
  private readonly rule: StreamRule | undefined;

  constructor(
    private readonly streamName: string,
    private readonly index: LogIndex,
    private readonly reader: EventReader,
    private readonly commits: GroupCommit,
  ) {
    this.stream = index.streams.numberOf(streamName);
    this.count = this.stream === undefined ? 0 : index.streams.countWithPending(this.stream);
    this.rule = this.stream === undefined ? undefined : index.rules.rule(this.stream);
  }

  /** The metadata of a tombstoned stream is closed with it. */
  get tombstoned(): boolean {
    if (isTombstoned(this.rule)) return true;
    if (!this.streamName.startsWith(metadataPrefix)) return false;
    const owner = this.index.streams.numberOf(this.streamName.slice(metadataPrefix.length));
    return owner !== undefined && isTombstoned(this.index.rules.rule(owner));
  }

  get softDeleted(): boolean {
    return isSoftDeleted(metadataOf(this.rule));
  }

  get hasMetadata(): boolean {
    const stream = this.index.streams.numberOf(metadataStreamOf(this.streamName));
    return stream !== undefined && this.index.streams.countWithPending(stream) > 0;
  }

  assertNotTombstoned(): void {
    if (this.tombstoned) throw new StreamDeleted();
  }

  idAt(revision: number): string {
    return this.eventAt(revision).id;
  }

  revisionOf(id: string): number | undefined {
    const { streamName } = this;
    const pending = this.commits.findPending((event) => event.id === id && event.streamName === streamName);
    if (pending !== undefined) return Number(pending.revision);
    const oldest = Math.max(0, this.durableCount - idSearchDepth);
    for (let end = this.durableCount; end > oldest; end -= idSearchPage) {
      const events = this.durable(Math.max(oldest, end - idSearchPage), end - 1);
      const found = events.findLast((event) => event.id === id);
      if (found !== undefined) return Number(found.revision);
    }
    return undefined;
  }

  /** Where the event at this revision stands, once it is durable. */
  placeOf(revision: number): Promise<AppendResult> {
    const event = this.eventAt(revision);
    if (revision >= this.durableCount) return this.commits.joined(event);
    return Promise.resolve({ revision: event.revision, position: event.position });
  }

  private get durableCount(): number {
    return this.stream === undefined ? 0 : this.index.streams.count(this.stream);
  }

  private eventAt(revision: number) {
    const { streamName } = this;
    const event =
      revision < this.durableCount
        ? this.durable(revision, revision)[0]
        : this.commits.findPending(
            (pending) => pending.revision === BigInt(revision) && pending.streamName === streamName,
          );
    if (event === undefined) throw new Error(`no event at revision ${revision}`);
    return event;
  }

  private durable(first: number, last: number) {
    return this.stream === undefined
      ? []
      : this.reader.read(this.index.streams.range(this.stream, first, last));
  }
}
