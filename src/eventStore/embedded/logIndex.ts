import { FrameIndex } from './frameIndex.js';
import { StreamIndex } from './streamIndex.js';
import { metadataFromText, metadataPrefix, metadataType, tombstoneType } from './streamMetadata.js';
import { type StreamRule, StreamRules } from './streamRules.js';

/** All that is kept in memory to find events on disk, rebuilt from the frames at each start. */
export class LogIndex {
  readonly streams = new StreamIndex();
  readonly frames = new FrameIndex();
  readonly rules = new StreamRules();

  /** The rule this event lays down, and the number of the stream it is for; undefined for all ordinary events. */
  ruleOf(streamName: string, type: string, text: string): { stream: number; rule: StreamRule } | undefined {
    if (type === tombstoneType) {
      return { stream: this.streams.numberFor(streamName), rule: { tombstoned: true } };
    }
    if (type !== metadataType || !streamName.startsWith(metadataPrefix)) return undefined;
    const stream = this.streams.numberFor(streamName.slice(metadataPrefix.length));
    return { stream, rule: { metadata: metadataFromText(text) } };
  }
}
