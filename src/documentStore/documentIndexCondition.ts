import { isScalar } from './documentIndexKey.js';
import type { Condition, Document, Range, Scalar, Where } from './documentStore.js';

/** A dotted path, split. */
export type FieldPath = readonly string[];

export function fieldPath(field: string): FieldPath {
  return field.split('.');
}

export function fieldValue(document: Document, path: FieldPath): unknown {
  let value: unknown = document;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

export function isRange(condition: Condition): condition is Range {
  return typeof condition === 'object' && !('in' in condition);
}

/** The values a field may have, undefined for a range. */
export function valuesOf(condition: Condition): readonly Scalar[] | undefined {
  if (typeof condition !== 'object') return [condition];
  return 'in' in condition ? condition.in : undefined;
}

/** Every condition, checked on the document itself: what the index cannot tell, and strings too long for a key. */
export function compileWhere(where: Where): (document: Document) => boolean {
  const checks = Object.entries(where).map(([field, condition]) => {
    const path = fieldPath(field);
    const values = valuesOf(condition);
    if (values !== undefined)
      return (document: Document) => values.some((value) => value === fieldValue(document, path));
    const range = condition as Range;
    return (document: Document) => {
      const value = fieldValue(document, path);
      return isScalar(value) && inRange(value, range);
    };
  });
  return (document) => checks.every((check) => check(document));
}

/** As in MongoDB, a bound speaks only of values of its own type. */
function inRange(value: Scalar, { gte, gt, lte, lt }: Range): boolean {
  return (
    (gte === undefined || (typeof gte === typeof value && compareScalars(value, gte) >= 0)) &&
    (gt === undefined || (typeof gt === typeof value && compareScalars(value, gt) > 0)) &&
    (lte === undefined || (typeof lte === typeof value && compareScalars(value, lte) <= 0)) &&
    (lt === undefined || (typeof lt === typeof value && compareScalars(value, lt) < 0))
  );
}

/** Of values of one type. Strings by their UTF-8 bytes, which is not the order of UTF-16 above U+FFFF. */
function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
}
