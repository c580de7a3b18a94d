import { isRange, valuesOf } from './documentIndexCondition.js';
import { encodeId, encodeScalar, highest, isAmbiguous, keyRange, typeRange } from './documentIndexKey.js';
import {
  type Condition,
  type DocumentQuery,
  type IndexDefinition,
  type Range,
  type Scalar,
  UnindexedQuery,
  type Where,
} from './documentStore.js';

/** Key ranges that together hold every document of a query, in its order when merged by what follows their prefix. */
export interface IndexPlan {
  /** Place of the index in the definition; undefined for the documents themselves, which are ordered by id. */
  readonly index: number | undefined;
  readonly ranges: readonly KeyRange[];
  readonly reverse: boolean;
  /** Whether the ranges hold nothing but documents of the query. */
  readonly exact: boolean;
}

/** From `low`, inclusive, to `high`, exclusive. */
export interface KeyRange {
  readonly low: Buffer;
  readonly high: Buffer;
  /** Length of the part that all its keys share; the order lies in what follows. */
  readonly prefix: number;
}

/** The first byte of an index's entries is its place, counted from here. */
export const firstIndex = 1;
/** More combinations of `in` values than this are filtered instead of merged. */
const maxRanges = 256;

/** @throws UnindexedQuery where no index gives the order and the range */
export function planQuery(
  indexes: readonly IndexDefinition[],
  { where = {}, sort, after }: Pick<DocumentQuery, 'where' | 'sort' | 'after'>,
): IndexPlan {
  const field = sort?.field ?? 'id';
  for (const [name, condition] of Object.entries(where)) {
    if (isRange(condition) && name !== field) {
      throw new UnindexedQuery(`a range over ${name} needs the order by ${name}`);
    }
  }
  const reverse = sort?.direction === 'desc';
  const tail = tailRange(field, where[field], after, reverse);
  const index = chooseIndex(indexes, field, where);
  if (index === undefined && field !== 'id') throw new UnindexedQuery(`no index gives the order by ${field}`);
  const leading = index === undefined ? [] : leadingFields(indexes[index] ?? [], field);
  const ranges = prefixes(index, leading, where).map((prefix) => ({
    low: Buffer.concat([prefix, tail.low]),
    high: Buffer.concat([prefix, tail.high]),
    prefix: prefix.length,
  }));
  const covered = new Set([...leading, field]);
  const exact =
    Object.entries(where).every(([name, condition]) => covered.has(name) && !mentionsAmbiguous(condition)) &&
    (where[field] === undefined || isRange(where[field]));
  return { index, ranges, reverse, exact };
}

/** The index with the most leading fields whose values are known, followed by the order asked for. */
function chooseIndex(indexes: readonly IndexDefinition[], field: string, where: Where): number | undefined {
  let best: number | undefined;
  for (const [at, fields] of indexes.entries()) {
    if (field !== 'id' && fields.at(-1) !== field) continue;
    if (combinations(leadingFields(fields, field), where) > maxRanges) continue;
    if (best === undefined || fields.length > (indexes[best]?.length ?? 0)) best = at;
  }
  return best;
}

function leadingFields(fields: IndexDefinition, field: string): readonly string[] {
  return field === 'id' ? fields : fields.slice(0, -1);
}

/** Infinite where the values of a field are not known. */
function combinations(fields: readonly string[], where: Where): number {
  return fields.reduce((product, name) => {
    const condition = where[name];
    return product * (condition === undefined ? Infinity : (valuesOf(condition)?.length ?? Infinity));
  }, 1);
}

function prefixes(index: number | undefined, fields: readonly string[], where: Where): readonly Buffer[] {
  let found = [index === undefined ? Buffer.alloc(0) : Buffer.of(firstIndex + index)];
  for (const name of fields) {
    const condition = where[name];
    const values = condition === undefined ? [] : (valuesOf(condition) ?? []);
    const encoded = distinct(values.map(encodeScalar));
    found = found.flatMap((prefix) => encoded.map((value) => Buffer.concat([prefix, value])));
  }
  return found;
}

function distinct(keys: readonly Buffer[]): readonly Buffer[] {
  return [...new Map(keys.map((key) => [key.toString('latin1'), key])).values()];
}

/** What the sort field's condition and the cursor leave of the order. */
function tailRange(
  field: string,
  condition: Condition | undefined,
  after: DocumentQuery['after'],
  reverse: boolean,
): Bounds {
  const encode = field === 'id' ? (value: Scalar) => encodeId(String(value)) : encodeScalar;
  const { low, high } = condition === undefined ? everything : boundsOf(condition, encode);
  if (after === undefined) return { low, high };
  const id = encodeId(after.id);
  const at = field === 'id' || after.value === null ? id : Buffer.concat([encodeScalar(after.value), id]);
  if (reverse) return { low, high: least([at, high]) };
  return { low: greatest([Buffer.concat([at, Buffer.of(0)]), low]), high };
}

/** Bytes from `low`, inclusive, to `high`, exclusive. They may hold more than the condition allows, never less. */
interface Bounds {
  readonly low: Buffer;
  readonly high: Buffer;
}

const everything: Bounds = { low: Buffer.alloc(0), high: highest };
const nothing: Bounds = { low: highest, high: highest };

function boundsOf(condition: Condition, encode: (value: Scalar) => Buffer): Bounds {
  const keys = (value: Scalar) => keyRange(encode(value));
  const values = valuesOf(condition);
  if (values !== undefined) {
    if (values.length === 0) return nothing;
    return {
      low: least(values.map((value) => keys(value).low)),
      high: greatest(values.map((value) => keys(value).high)),
    };
  }
  const { gte, gt, lte, lt } = condition as Range;
  const [first, ...others] = [gte, gt, lte, lt].filter((bound) => bound !== undefined);
  if (first === undefined) return everything;
  if (others.some((bound) => typeof bound !== typeof first)) return nothing;
  const type = typeRange(first);
  const lows = [type.low];
  const highs = [type.high];
  if (gte !== undefined) lows.push(keys(gte).low);
  if (gt !== undefined) lows.push(isAmbiguous(gt) ? keys(gt).low : keys(gt).high);
  if (lte !== undefined) highs.push(keys(lte).high);
  if (lt !== undefined) highs.push(isAmbiguous(lt) ? keys(lt).high : keys(lt).low);
  return { low: greatest(lows), high: least(highs) };
}

function least(keys: readonly Buffer[]): Buffer {
  return keys.reduce((a, b) => (a.compare(b) <= 0 ? a : b));
}

function greatest(keys: readonly Buffer[]): Buffer {
  return keys.reduce((a, b) => (a.compare(b) >= 0 ? a : b));
}

function mentionsAmbiguous(condition: Condition): boolean {
  const values = valuesOf(condition) ?? Object.values(condition);
  return values.some((value) => value !== undefined && isAmbiguous(value));
}
