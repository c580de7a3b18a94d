import fc from 'fast-check';
import type {
  Condition,
  Document,
  DocumentQuery,
  IndexDefinition,
  Scalar,
  Where,
} from '../../src/documentStore/documentStore.js';

/** Indexes for every order that `queryArbitrary` asks for. */
export const modelIndexes: readonly IndexDefinition[] = [
  ['score'],
  ['name'],
  ['nested.level'],
  ['tenant'],
  ['tenant', 'score'],
  ['tenant', 'open', 'score'],
  ['tenant', 'open', 'name'],
  ['nested.level', 'score'],
];

const scores = fc.constantFrom(-1e9, -1.5, -1, 0, 0.1, 1, 2, 255, 256, 1e12);
const names = fc.constantFrom(
  '',
  'a',
  'a\0',
  'a\0b',
  'ab',
  'B',
  'é',
  '\u{ffff}',
  '🦆',
  '\ue000',
  'x'.repeat(256),
  'x'.repeat(300),
  `xy${'x'.repeat(300)}`,
);
const tenants = fc.constantFrom('t1', 't2');
const levels = fc.constantFrom('low', 'high', 3, true);
export const idArbitrary = fc.constantFrom('1', '2', '10', 'a', 'a\0', 'ab', 'b', 'é', '🦆', '\uffff', 'z');

export const documentArbitrary: fc.Arbitrary<Document> = fc.record(
  {
    id: idArbitrary,
    tenant: tenants,
    open: fc.boolean(),
    score: fc.oneof(scores, scores, fc.constant(null)),
    name: names,
    nested: fc.record({ level: levels }, { requiredKeys: [], noNullPrototype: true }),
  },
  { requiredKeys: ['id'], noNullPrototype: true },
);

const range = (values: fc.Arbitrary<Scalar>) =>
  fc.record(
    { gte: values, gt: values, lte: values, lt: values },
    { requiredKeys: [], noNullPrototype: true },
  );
const anyOf = (values: fc.Arbitrary<Scalar>) =>
  fc.oneof(
    values,
    fc.uniqueArray(values, { maxLength: 3 }).map((some) => ({ in: some })),
  );
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 2 });
const sortable: Readonly<Record<string, fc.Arbitrary<Scalar>>> = {
  id: idArbitrary,
  score: scores,
  name: names,
  'nested.level': levels,
};

export const queryArbitrary: fc.Arbitrary<DocumentQuery> = fc
  .constantFrom(...Object.keys(sortable))
  .chain((field) =>
    fc.record({
      field: fc.constant(field),
      direction: fc.constantFrom('asc' as const, 'desc' as const),
      ordered: optional(fc.oneof(range(sortable[field] ?? scores), anyOf(sortable[field] ?? scores))),
      tenant: optional(anyOf(tenants)),
      open: optional(anyOf(fc.boolean())),
      level: optional(anyOf(levels)),
      name: optional(names),
      limit: fc.integer({ min: 1, max: 7 }),
    }),
  )
  .map(({ field, direction, ordered, tenant, open, level, name, limit }) => {
    const conditions: [string, Condition | undefined][] = [
      ['tenant', tenant],
      ['open', open],
      ['nested.level', level],
      ['name', name],
      [field, ordered],
    ];
    const where: Where = Object.fromEntries(
      conditions.filter((entry): entry is [string, Condition] => entry[1] !== undefined),
    );
    return { where, sort: { field, direction }, limit };
  });

/** Sorts and filters everything each time. */
export class DocumentModel {
  readonly #documents = new Map<string, Document>();

  put(document: Document): void {
    this.#documents.set(document.id, document);
  }

  delete(id: string): void {
    this.#documents.delete(id);
  }

  count(where: Where): number {
    return [...this.#documents.values()].filter((document) => matches(document, where)).length;
  }

  /** All pages of the query together. */
  find({ where = {}, sort = { field: 'id', direction: 'asc' } }: DocumentQuery): Document[] {
    const sign = sort.direction === 'asc' ? 1 : -1;
    return [...this.#documents.values()]
      .filter((document) => matches(document, where) && isScalar(fieldOf(document, sort.field)))
      .sort(
        (a, b) => sign * (compare(fieldOf(a, sort.field), fieldOf(b, sort.field)) || compare(a.id, b.id)),
      );
  }
}

function fieldOf(document: Document, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>(
      (value, name) => (value as Record<string, unknown> | null | undefined)?.[name],
      document,
    );
}

function matches(document: Document, where: Where): boolean {
  return Object.entries(where).every(([field, condition]) => {
    const value = fieldOf(document, field);
    if (typeof condition !== 'object') return value === condition;
    if ('in' in condition) return condition.in.some((one) => one === value);
    const { gte, gt, lte, lt } = condition;
    const holds = (bound: Scalar | undefined, test: (order: number) => boolean) =>
      bound === undefined || (typeof bound === typeof value && test(compare(value, bound)));
    return (
      isScalar(value) &&
      holds(gte, (order) => order >= 0) &&
      holds(gt, (order) => order > 0) &&
      holds(lte, (order) => order <= 0) &&
      holds(lt, (order) => order < 0)
    );
  });
}

function isScalar(value: unknown): value is Scalar {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

const typeOrder = ['number', 'string', 'boolean'];

function compare(a: unknown, b: unknown): number {
  if (typeof a !== typeof b) return typeOrder.indexOf(typeof a) - typeOrder.indexOf(typeof b);
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(String(b)));
  return Number(a) - Number(b);
}
