import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { ExportLine } from './exportLine.js';

/** Opens sealed texts, in their order; undefined where the person's key is destroyed. Rejects where keys cannot be reached. */
export type OpenSealed = (
  tenantId: string,
  texts: readonly string[],
) => Promise<readonly (JsonValue | undefined)[]>;

const linesAtATime = 128;
const mark = 'sealed:v1:';

/** Puts clear values in the place of sealed ones, a batch of lines at a time; null where the key is destroyed. */
export async function* openLines(
  lines: AsyncIterable<ExportLine>,
  open: (texts: readonly string[]) => Promise<readonly (JsonValue | undefined)[]>,
): AsyncGenerator<ExportLine, void, undefined> {
  let batch: ExportLine[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < linesAtATime) continue;
    yield* await openBatch(batch, open);
    batch = [];
  }
  yield* await openBatch(batch, open);
}

async function openBatch(
  batch: readonly ExportLine[],
  open: (texts: readonly string[]) => Promise<readonly (JsonValue | undefined)[]>,
): Promise<readonly ExportLine[]> {
  const texts = new Set<string>();
  for (const line of batch) collect(line, texts);
  if (texts.size === 0) return batch;
  const sealed = [...texts];
  const values = await open(sealed);
  const clear = new Map(sealed.map((text, index) => [text, values[index] ?? null]));
  // The line keeps its kind, which is never sealed.
  return batch.map((line) => replace(line, clear) as ExportLine);
}

function collect(value: JsonValue | undefined, texts: Set<string>): void {
  if (typeof value === 'string') {
    if (value.startsWith(mark)) texts.add(value);
  } else if (Array.isArray(value)) {
    for (const entry of value) collect(entry, texts);
  } else if (typeof value === 'object' && value !== null) {
    for (const field of Object.values(value)) collect(field, texts);
  }
}

function replace(value: JsonValue, clear: ReadonlyMap<string, JsonValue>): JsonValue {
  if (typeof value === 'string') return value.startsWith(mark) ? (clear.get(value) ?? null) : value;
  if (Array.isArray(value)) return value.map((entry) => replace(entry, clear));
  if (typeof value !== 'object' || value === null) return value;
  const replaced: JsonObject = {};
  for (const [name, field] of Object.entries(value)) {
    // Defined, not assigned: a name such as __proto__ is a name like any other here.
    if (field !== undefined) {
      Object.defineProperty(replaced, name, {
        value: replace(field, clear),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }
  return replaced;
}
