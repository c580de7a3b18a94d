import type { StreamMetadata } from '../eventStore.js';

/**
 * Metadata and tombstones of the few streams that have any, by stream number. Appends are checked against what is
 * pending too; reads see what is durable.
 */
export class StreamRules {
  private readonly durable = new Map<number, StreamRule>();
  private readonly pending = new Map<number, StreamRule>();

  /** What readers of the stream must respect. */
  durableRule(stream: number): StreamRule | undefined {
    return this.durable.get(stream);
  }

  rule(stream: number): StreamRule | undefined {
    return this.pending.get(stream) ?? this.durable.get(stream);
  }

  addPending(stream: number, rule: StreamRule): void {
    this.pending.set(stream, rule);
  }

  /** A pending rule became durable, or was found in the log. */
  settle(stream: number, rule: StreamRule): void {
    this.durable.set(stream, rule);
    if (this.pending.get(stream) === rule) this.pending.delete(stream);
  }

  dropPending(): void {
    this.pending.clear();
  }
}

export type StreamRule = { readonly tombstoned: true } | { readonly metadata: StreamMetadata };

export function metadataOf(rule: StreamRule | undefined): StreamMetadata | undefined {
  return rule !== undefined && 'metadata' in rule ? rule.metadata : undefined;
}

export function isTombstoned(rule: StreamRule | undefined): boolean {
  return rule !== undefined && 'tombstoned' in rule;
}
