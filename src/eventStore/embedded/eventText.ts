import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../domain/json.js';
import { AppendTooLarge, type EventData } from '../eventStore.js';

/** As EventStoreDB: data, metadata and twice the type name, all events of one append. */
export const maxAppendBytes = 1024 * 1024;

/** What an event's text `["id",data,metadata]` holds besides its parts. */
const envelopeBytes = 6;

/** The text that each event is stored as. @throws AppendTooLarge */
export function eventTexts(events: readonly EventData[]): string[] {
  const texts = events.map(({ id, data, metadata }) => JSON.stringify([id, data, metadata]));
  let types = 0;
  let characters = 0;
  for (const { type } of events) types += 2 * type.length;
  for (const text of texts) characters += text.length;
  if (types + characters * 3 <= maxAppendBytes) return texts; // UTF-8 takes at most three bytes a UTF-16 unit
  const bytes = events.reduce(
    (sum, { id }, place) =>
      sum + Buffer.byteLength(texts[place] ?? '') - Buffer.byteLength(id) - envelopeBytes,
    types,
  );
  if (bytes > maxAppendBytes) throw new AppendTooLarge(bytes, maxAppendBytes);
  return texts;
}

/** An event of the store's own, with data as JSON text because `$tb` is more than a JSON number holds exactly. */
export function systemEvent(type: string, dataText = '{}'): { event: EventData; text: string } {
  const id = randomUUID();
  const data = JSON.parse(dataText) as JsonObject;
  return { event: { id, type, data, metadata: {} }, text: `["${id}",${dataText},{}]` };
}
